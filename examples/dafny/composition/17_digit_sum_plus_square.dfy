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

function DigitSumPlusSquareOf(x: nat): nat { DigitsOf(x) + SquareOf(x) }

method DigitSumPlusSquare(x: nat) returns (r: nat)
  ensures r == DigitSumPlusSquareOf(x)
{
  r := DigitSum(x);
  var y := Square(x);
  r := r + y;
}
