function LargestOf(s: seq<nat>): nat {
  if |s| == 0 then 0
  else if LargestOf(s[..|s| - 1]) > s[|s| - 1] then LargestOf(s[..|s| - 1])
  else s[|s| - 1]
}

method Largest(s: seq<nat>) returns (r: nat)
  ensures r == LargestOf(s)
{
  r := 0;
  var i := 0;
  while i < |s|
  {
    if r <= s[i] {
      r := s[i];
    }
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

function SquarePlusTwoToOf(x: nat): nat { SquareOf(x) + PowerOfTwo(x) }

method SquarePlusTwoTo(x: nat) returns (r: nat)
  ensures r == SquarePlusTwoToOf(x)
{
  r := Square(x);
  var y := TwoTo(x);
  r := r + y;
}

function RepeatedSquarePlusTwoToFrom(n: nat, x: nat): nat {
  if n == 0 then x else SquarePlusTwoToOf(RepeatedSquarePlusTwoToFrom(n - 1, x))
}

function RepeatedSquarePlusTwoToOf(n: nat): nat { RepeatedSquarePlusTwoToFrom(n, 1) }

method RepeatedSquarePlusTwoTo(n: nat) returns (r: nat)
  ensures r == RepeatedSquarePlusTwoToOf(n)
{
  r := 1;
  var i := 0;
  while i < n
  {
    r := SquarePlusTwoTo(r);
    i := i + 1;
  }
}

function LargestThenRepeatedSquarePlusTwoToOf(x: seq<nat>): nat {
  RepeatedSquarePlusTwoToOf(LargestOf(x))
}

method LargestThenRepeatedSquarePlusTwoTo(x: seq<nat>) returns (r: nat)
  ensures r == LargestThenRepeatedSquarePlusTwoToOf(x)
{
  var y := Largest(x);
  r := RepeatedSquarePlusTwoTo(y);
}
