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

function TwoToOrCapOf(x: nat): nat {
  if x % 3 != 1 then PowerOfTwo(x) else CappedOf(x)
}

method TwoToOrCap(x: nat) returns (r: nat)
  ensures r == TwoToOrCapOf(x)
{
  if x % 3 != 1 {
    r := TwoTo(x);
  } else {
    r := Cap(x);
  }
}

function CountdownOf(n: nat): seq<nat> {
  if n == 0 then [] else [n] + CountdownOf(n - 1)
}

method Countdown(n: nat) returns (r: seq<nat>)
  ensures r == CountdownOf(n)
{
  r := [];
  var i := n;
  while i > 0
  {
    r := r + [i];
    i := i - 1;
  }
}

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

function CountdownThenLargestOf(x: nat): nat {
  LargestOf(CountdownOf(x))
}

method CountdownThenLargest(x: nat) returns (r: nat)
  ensures r == CountdownThenLargestOf(x)
{
  var y := Countdown(x);
  r := Largest(y);
}

function TwoToOrCapOrCountdownThenLargestOf(x: nat): nat {
  if x < 10 then TwoToOrCapOf(x) else CountdownThenLargestOf(x)
}

method TwoToOrCapOrCountdownThenLargest(x: nat) returns (r: nat)
  ensures r == TwoToOrCapOrCountdownThenLargestOf(x)
{
  if x < 10 {
    r := TwoToOrCap(x);
  } else {
    r := CountdownThenLargest(x);
  }
}
