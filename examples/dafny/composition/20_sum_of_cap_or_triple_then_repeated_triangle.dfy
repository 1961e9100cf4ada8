function CappedOf(n: nat): nat { if n > 100 then 100 else n }

method Cap(n: nat) returns (r: nat)
  ensures r == CappedOf(n)
{
  if n > 100 {
    r := 100;
  } else {
    r := n;
  }
}

function SumOfCapBelow(n: nat): nat {
  if n == 0 then 0 else SumOfCapBelow(n - 1) + CappedOf(n - 1)
}

method SumOfCap(n: nat) returns (r: nat)
  ensures r == SumOfCapBelow(n)
{
  r := 0;
  var i := 0;
  while i < n
  {
    var y := Cap(i);
    r := r + y;
    i := i + 1;
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

function SumOfCapOrTripleOf(x: nat): nat {
  if x < 10 then SumOfCapBelow(x) else TripleOf(x)
}

method SumOfCapOrTriple(x: nat) returns (r: nat)
  ensures r == SumOfCapOrTripleOf(x)
{
  if x < 10 {
    r := SumOfCap(x);
  } else {
    r := Triple(x);
  }
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

function RepeatedTriangleFrom(n: nat, x: nat): nat {
  if n == 0 then x else TriangleOf(RepeatedTriangleFrom(n - 1, x))
}

function RepeatedTriangleOf(n: nat): nat { RepeatedTriangleFrom(n, 1) }

method RepeatedTriangle(n: nat) returns (r: nat)
  ensures r == RepeatedTriangleOf(n)
{
  r := 1;
  var i := 0;
  while i < n
  {
    r := Triangle(r);
    i := i + 1;
  }
}

function SumOfCapOrTripleThenRepeatedTriangleOf(x: nat): nat {
  RepeatedTriangleOf(SumOfCapOrTripleOf(x))
}

method SumOfCapOrTripleThenRepeatedTriangle(x: nat) returns (r: nat)
  ensures r == SumOfCapOrTripleThenRepeatedTriangleOf(x)
