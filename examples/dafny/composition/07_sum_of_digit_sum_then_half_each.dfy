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

function SumOfDigitSumBelow(n: nat): nat {
  if n == 0 then 0 else SumOfDigitSumBelow(n - 1) + DigitsOf(n - 1)
}

method SumOfDigitSum(n: nat) returns (r: nat)
  ensures r == SumOfDigitSumBelow(n)
{
  r := 0;
  var i := 0;
  while i < n
  {
    var y := DigitSum(i);
    r := r + y;
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

function SumOfDigitSumThenHalfOf(x: nat): nat {
  HalfOf(SumOfDigitSumBelow(x))
}

method SumOfDigitSumThenHalf(x: nat) returns (r: nat)
  ensures r == SumOfDigitSumThenHalfOf(x)
{
  var y := SumOfDigitSum(x);
  r := Half(y);
}

function SumOfDigitSumThenHalfEachOf(s: seq<nat>): seq<nat> {
  if |s| == 0 then [] else SumOfDigitSumThenHalfEachOf(s[..|s| - 1]) + [SumOfDigitSumThenHalfOf(s[|s| - 1])]
}

method SumOfDigitSumThenHalfEach(s: seq<nat>) returns (r: seq<nat>)
  ensures r == SumOfDigitSumThenHalfEachOf(s)
{
  r := [];
  var i := 0;
  while i < |s|
  {
    var y := SumOfDigitSumThenHalf(s[i]);
    r := r + [y];
    i := i + 1;
  }
}
