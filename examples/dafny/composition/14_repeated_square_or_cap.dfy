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

function SquareOrCapOf(x: nat): nat {
  if x < 10 then SquareOf(x) else CappedOf(x)
}

method SquareOrCap(x: nat) returns (r: nat)
  ensures r == SquareOrCapOf(x)
{
  if x < 10 {
    r := Square(x);
  } else {
    r := Cap(x);
  }
}

function RepeatedSquareOrCapFrom(n: nat, x: nat): nat {
  if n == 0 then x else SquareOrCapOf(RepeatedSquareOrCapFrom(n - 1, x))
}

function RepeatedSquareOrCapOf(n: nat): nat { RepeatedSquareOrCapFrom(n, 1) }

method RepeatedSquareOrCap(n: nat) returns (r: nat)
  ensures r == RepeatedSquareOrCapOf(n)
{
  r := 1;
  var i := 0;
  while i < n
  {
    r := SquareOrCap(r);
    i := i + 1;
  }
}
