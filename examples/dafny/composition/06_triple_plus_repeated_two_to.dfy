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

function RepeatedTwoToFrom(n: nat, x: nat): nat {
  if n == 0 then x else PowerOfTwo(RepeatedTwoToFrom(n - 1, x))
}

function RepeatedTwoToOf(n: nat): nat { RepeatedTwoToFrom(n, 1) }

method RepeatedTwoTo(n: nat) returns (r: nat)
  ensures r == RepeatedTwoToOf(n)
{
  r := 1;
  var i := 0;
  while i < n
  {
    r := TwoTo(r);
    i := i + 1;
  }
}

function TriplePlusRepeatedTwoToOf(x: nat): nat { TripleOf(x) + RepeatedTwoToOf(x) }

method TriplePlusRepeatedTwoTo(x: nat) returns (r: nat)
  ensures r == TriplePlusRepeatedTwoToOf(x)
{
  r := Triple(x);
  var y := RepeatedTwoTo(x);
  r := r + y;
}
