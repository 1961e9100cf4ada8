function LargestOf(s: seq<nat>): nat {
  if |s| == 0 then 0
  else if LargestOf(s[..|s| - 1]) > s[|s| - 1] then LargestOf(s[..|s| - 1])
  else s[|s| - 1]
}

method Largest(s: seq<nat>) returns (r: nat)
  ensures r == LargestOf(s)
{
  r := 0;
  var i := 0;
  while i < |s|
  {
    if r <= s[i] {
      r := s[i];
    }
    i := i + 1;
  }
}

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

function LargestPlusZerosOf(x: seq<nat>): nat { LargestOf(x) + ZerosOf(x) }

method LargestPlusZeros(x: seq<nat>) returns (r: nat)
  ensures r == LargestPlusZerosOf(x)
{
  r := Largest(x);
  var y := Zeros(x);
  r := r + y;
}
