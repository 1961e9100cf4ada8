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

function DigitSumOrTripleOf(x: nat): nat {
  if x % 3 != 1 then DigitsOf(x) else TripleOf(x)
}

method DigitSumOrTriple(x: nat) returns (r: nat)
  ensures r == DigitSumOrTripleOf(x)
{
  if x % 3 != 1 {
    r := DigitSum(x);
  } else {
    r := Triple(x);
  }
}
