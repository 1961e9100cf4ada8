function ZerosOf(s: seq<nat>): nat {
  if |s| == 0 then 0 else ZerosOf(s[1..]) + (if s[0] == 0 then 1 else 0)
}

method Zeros(s: seq<nat>) returns (r: nat)
  ensures r == ZerosOf(s)
{
  r := 0;
  var i := |s|;
  while i > 0
  {
    i := i - 1;
    if s[i] == 0 {
      r := r + 1;
    }
  }
}

function TripleOf(n: nat): nat { 3 * n }

method Triple(n: nat) returns (r: nat)
  ensures r == TripleOf(n)
{
  r := 0;
  var i := 0;
  while i < n
  {
    r := r + 3;
    i := i + 1;
  }
}

function ZerosThenTripleOf(x: seq<nat>): nat {
  TripleOf(ZerosOf(x))
}

method ZerosThenTriple(x: seq<nat>) returns (r: nat)
  ensures r == ZerosThenTripleOf(x)
{
  var y := Zeros(x);
  r := Triple(y);
}
