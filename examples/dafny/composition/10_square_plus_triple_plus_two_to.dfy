function SquareOf(n: nat): nat { n * n }

method Square(n: nat) returns (r: nat)
  ensures r == SquareOf(n)
{
  r := 0;
  var odd, i := 1, 0;
  while i < n
  {
    r := r + odd;
    odd := odd + 2;
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

function TriplePlusTwoToOf(x: nat): nat { TripleOf(x) + PowerOfTwo(x) }

method TriplePlusTwoTo(x: nat) returns (r: nat)
  ensures r == TriplePlusTwoToOf(x)
{
  r := Triple(x);
  var y := TwoTo(x);
  r := r + y;
}

function SquarePlusTriplePlusTwoToOf(x: nat): nat { SquareOf(x) + TriplePlusTwoToOf(x) }

method SquarePlusTriplePlusTwoTo(x: nat) returns (r: nat)
  ensures r == SquarePlusTriplePlusTwoToOf(x)
{
  r := Square(x);
  var y := TriplePlusTwoTo(x);
  r := r + y;
}
