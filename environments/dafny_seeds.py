"""Small verified Dafny programs that composed tasks are made of.

Each has a function that says what is wanted, and a method with a loop or a case that computes it, with
the hints that prove it.
"""

SEEDS = (
    """function TripleOf(n: nat): nat { 3 * n }

method Triple(n: nat) returns (r: nat)
  ensures r == TripleOf(n)
{
  r := 0;
  var i := 0;
  while i < n
    invariant i <= n
    invariant r == 3 * i
  {
    r := r + 3;
    i := i + 1;
  }
}
""",
    """function SquareOf(n: nat): nat { n * n }

method Square(n: nat) returns (r: nat)
  ensures r == SquareOf(n)
{
  r := 0;
  var odd, i := 1, 0;
  while i < n
    invariant i <= n
    invariant odd == 2 * i + 1
    invariant r == i * i
  {
    r := r + odd;
    odd := odd + 2;
    i := i + 1;
  }
}
""",
    """function TriangleOf(n: nat): nat {
  if n == 0 then 0 else TriangleOf(n - 1) + n
}

method Triangle(n: nat) returns (r: nat)
  ensures r == TriangleOf(n)
{
  r := 0;
  var i := 0;
  while i < n
    invariant i <= n
    invariant r == TriangleOf(i)
  {
    i := i + 1;
    r := r + i;
  }
}
""",
    """function HalfOf(n: nat): nat { n / 2 }

method Half(n: nat) returns (r: nat)
  ensures r == HalfOf(n)
{
  r := 0;
  var rest := n;
  while rest > 1
    invariant n == 2 * r + rest
  {
    r := r + 1;
    rest := rest - 2;
  }
}
""",
    """function PowerOfTwo(n: nat): nat {
  if n == 0 then 1 else 2 * PowerOfTwo(n - 1)
}

method TwoTo(n: nat) returns (r: nat)
  ensures r == PowerOfTwo(n)
{
  r := 1;
  var left := n;
  while left > 0
    invariant r * PowerOfTwo(left) == PowerOfTwo(n)
  {
    r := 2 * r;
    left := left - 1;
  }
}
""",
    """function DigitsOf(n: nat): nat {
  if n < 10 then n else n % 10 + DigitsOf(n / 10)
}

method DigitSum(n: nat) returns (r: nat)
  ensures r == DigitsOf(n)
{
  r := 0;
  var rest := n;
  while rest >= 10
    invariant r + DigitsOf(rest) == DigitsOf(n)
  {
    r := r + rest % 10;
    rest := rest / 10;
  }
  r := r + rest;
}
""",
    """function CappedOf(n: nat): nat { if n > 100 then 100 else n }

method Cap(n: nat) returns (r: nat)
  ensures r == CappedOf(n)
{
  if n > 100 {
    r := 100;
  } else {
    r := n;
  }
}
""",
    """function TotalOf(s: seq<nat>): nat {
  if |s| == 0 then 0 else TotalOf(s[..|s| - 1]) + s[|s| - 1]
}

method Total(s: seq<nat>) returns (r: nat)
  ensures r == TotalOf(s)
{
  r := 0;
  var i := 0;
  while i < |s|
    invariant i <= |s|
    invariant r == TotalOf(s[..i])
  {
    assert s[..i + 1][..i] == s[..i];
    r := r + s[i];
    i := i + 1;
  }
  assert s[..|s|] == s;
}
""",
    """function ZerosOf(s: seq<nat>): nat {
  if |s| == 0 then 0 else ZerosOf(s[1..]) + (if s[0] == 0 then 1 else 0)
}

method Zeros(s: seq<nat>) returns (r: nat)
  ensures r == ZerosOf(s)
{
  r := 0;
  var i := |s|;
  while i > 0
    invariant 0 <= i <= |s|
    invariant r == ZerosOf(s[i..])
  {
    i := i - 1;
    assert s[i..][1..] == s[i + 1..];
    if s[i] == 0 {
      r := r + 1;
    }
  }
  assert s[0..] == s;
}
""",
    """function LargestOf(s: seq<nat>): nat {
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
    invariant i <= |s|
    invariant r == LargestOf(s[..i])
  {
    assert s[..i + 1][..i] == s[..i];
    if r <= s[i] {
      r := s[i];
    }
    i := i + 1;
  }
  assert s[..|s|] == s;
}
""",
    """function CountdownOf(n: nat): seq<nat> {
  if n == 0 then [] else [n] + CountdownOf(n - 1)
}

method Countdown(n: nat) returns (r: seq<nat>)
  ensures r == CountdownOf(n)
{
  r := [];
  var i := n;
  while i > 0
    invariant 0 <= i <= n
    invariant r + CountdownOf(i) == CountdownOf(n)
  {
    r := r + [i];
    i := i - 1;
  }
}
""",
    """function ReversedOf(s: seq<nat>): seq<nat> {
  if |s| == 0 then [] else ReversedOf(s[1..]) + [s[0]]
}

method Reverse(s: seq<nat>) returns (r: seq<nat>)
  ensures r == ReversedOf(s)
{
  r := [];
  var i := |s|;
  while i > 0
    invariant 0 <= i <= |s|
    invariant r == ReversedOf(s[i..])
  {
    i := i - 1;
    assert s[i..][1..] == s[i + 1..];
    r := r + [s[i]];
  }
  assert s[0..] == s;
}
""",
)
"""Names are different, and arguments and results are ``nat`` or ``seq<nat>``, so that all fit together."""
