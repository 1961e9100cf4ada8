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

function SquareOrTripleOf(x: nat): nat {
  if x < 10 then SquareOf(x) else TripleOf(x)
}

method SquareOrTriple(x: nat) returns (r: nat)
  ensures r == SquareOrTripleOf(x)
{
  if x < 10 {
    r := Square(x);
  } else {
    r := Triple(x);
  }
}
