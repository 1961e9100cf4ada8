function ReversedOf(s: seq<nat>): seq<nat> {
  if |s| == 0 then [] else ReversedOf(s[1..]) + [s[0]]
}

method Reverse(s: seq<nat>) returns (r: seq<nat>)
  ensures r == ReversedOf(s)
{
  r := [];
  var i := |s|;
  while i > 0
  {
    i := i - 1;
    r := r + [s[i]];
  }
}

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

function ReverseThenLargestOf(x: seq<nat>): nat {
  LargestOf(ReversedOf(x))
}

method ReverseThenLargest(x: seq<nat>) returns (r: nat)
  ensures r == ReverseThenLargestOf(x)
{
  var y := Reverse(x);
  r := Largest(y);
}

function TriangleOf(n: nat): nat {
  if n == 0 then 0 else TriangleOf(n - 1) + n
}

method Triangle(n: nat) returns (r: nat)
  ensures r == TriangleOf(n)
{
  r := 0;
  var i := 0;
  while i < n
  {
    i := i + 1;
    r := r + i;
  }
}

function SumOfTriangleBelow(n: nat): nat {
  if n == 0 then 0 else SumOfTriangleBelow(n - 1) + TriangleOf(n - 1)
}

method SumOfTriangle(n: nat) returns (r: nat)
  ensures r == SumOfTriangleBelow(n)
{
  r := 0;
  var i := 0;
  while i < n
  {
    var y := Triangle(i);
    r := r + y;
    i := i + 1;
  }
}

function ReverseThenLargestThenSumOfTriangleOf(x: seq<nat>): nat {
  SumOfTriangleBelow(ReverseThenLargestOf(x))
}

method ReverseThenLargestThenSumOfTriangle(x: seq<nat>) returns (r: nat)
  ensures r == ReverseThenLargestThenSumOfTriangleOf(x)
