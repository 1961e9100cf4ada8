function TotalOf(s: seq<nat>): nat {
  if |s| == 0 then 0 else TotalOf(s[..|s| - 1]) + s[|s| - 1]
}

method Total(s: seq<nat>) returns (r: nat)
  ensures r == TotalOf(s)
{
  r := 0;
  var i := 0;
  while i < |s|
  {
    r := r + s[i];
    i := i + 1;
  }
}

function HalfOf(n: nat): nat { n / 2 }

method Half(n: nat) returns (r: nat)
  ensures r == HalfOf(n)
{
  r := 0;
  var rest := n;
  while rest > 1
  {
    r := r + 1;
    rest := rest - 2;
  }
}

function RepeatedHalfFrom(n: nat, x: nat): nat {
  if n == 0 then x else HalfOf(RepeatedHalfFrom(n - 1, x))
}

function RepeatedHalfOf(n: nat): nat { RepeatedHalfFrom(n, 1) }

method RepeatedHalf(n: nat) returns (r: nat)
  ensures r == RepeatedHalfOf(n)
{
  r := 1;
  var i := 0;
  while i < n
  {
    r := Half(r);
    i := i + 1;
  }
}

function TotalThenRepeatedHalfOf(x: seq<nat>): nat {
  RepeatedHalfOf(TotalOf(x))
}

method TotalThenRepeatedHalf(x: seq<nat>) returns (r: nat)
  ensures r == TotalThenRepeatedHalfOf(x)
{
  var y := Total(x);
  r := RepeatedHalf(y);
}
