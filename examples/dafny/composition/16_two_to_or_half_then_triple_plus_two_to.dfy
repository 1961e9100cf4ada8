function PowerOfTwo(n: nat): nat {
  if n == 0 then 1 else 2 * PowerOfTwo(n - 1)
}

method TwoTo(n: nat) returns (r: nat)
  ensures r == PowerOfTwo(n)
{
  r := 1;
  var left := n;
  while left > 0
  {
    r := 2 * r;
    left := left - 1;
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

function TwoToOrHalfOf(x: nat): nat {
  if x % 2 == 0 then PowerOfTwo(x) else HalfOf(x)
}

method TwoToOrHalf(x: nat) returns (r: nat)
  ensures r == TwoToOrHalfOf(x)
{
  if x % 2 == 0 {
    r := TwoTo(x);
  } else {
    r := Half(x);
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

function TriplePlusTwoToOf(x: nat): nat { TripleOf(x) + PowerOfTwo(x) }

method TriplePlusTwoTo(x: nat) returns (r: nat)
  ensures r == TriplePlusTwoToOf(x)
{
  r := Triple(x);
  var y := TwoTo(x);
  r := r + y;
}

function TwoToOrHalfThenTriplePlusTwoToOf(x: nat): nat {
  TriplePlusTwoToOf(TwoToOrHalfOf(x))
}

method TwoToOrHalfThenTriplePlusTwoTo(x: nat) returns (r: nat)
  ensures r == TwoToOrHalfThenTriplePlusTwoToOf(x)
