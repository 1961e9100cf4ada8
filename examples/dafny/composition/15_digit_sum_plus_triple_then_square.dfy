function DigitsOf(n: nat): nat {
  if n < 10 then n else n % 10 + DigitsOf(n / 10)
}

method DigitSum(n: nat) returns (r: nat)
  ensures r == DigitsOf(n)
{
  r := 0;
  var rest := n;
  while rest >= 10
  {
    r := r + rest % 10;
    rest := rest / 10;
  }
  r := r + rest;
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

function TripleThenSquareOf(x: nat): nat {
  SquareOf(TripleOf(x))
}

method TripleThenSquare(x: nat) returns (r: nat)
  ensures r == TripleThenSquareOf(x)
{
  var y := Triple(x);
  r := Square(y);
}

function DigitSumPlusTripleThenSquareOf(x: nat): nat { DigitsOf(x) + TripleThenSquareOf(x) }

method DigitSumPlusTripleThenSquare(x: nat) returns (r: nat)
  ensures r == DigitSumPlusTripleThenSquareOf(x)
{
  r := DigitSum(x);
  var y := TripleThenSquare(x);
  r := r + y;
}
