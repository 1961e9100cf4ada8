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

function SumOfHalfBelow(n: nat): nat {
  if n == 0 then 0 else SumOfHalfBelow(n - 1) + HalfOf(n - 1)
}

method SumOfHalf(n: nat) returns (r: nat)
  ensures r == SumOfHalfBelow(n)
{
  r := 0;
  var i := 0;
  while i < n
  {
    var y := Half(i);
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

function SumOfHalfThenTripleOf(x: nat): nat {
  TripleOf(SumOfHalfBelow(x))
}

method SumOfHalfThenTriple(x: nat) returns (r: nat)
  ensures r == SumOfHalfThenTripleOf(x)
{
  var y := SumOfHalf(x);
  r := Triple(y);
}
