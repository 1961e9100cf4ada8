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

function TwoToThenCountdownOf(x: nat): seq<nat> {
  CountdownOf(PowerOfTwo(x))
}

method TwoToThenCountdown(x: nat) returns (r: seq<nat>)
  ensures r == TwoToThenCountdownOf(x)
{
  var y := TwoTo(x);
  r := Countdown(y);
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

function TwoToThenCountdownThenLargestOf(x: nat): nat {
  LargestOf(TwoToThenCountdownOf(x))
}

method TwoToThenCountdownThenLargest(x: nat) returns (r: nat)
  ensures r == TwoToThenCountdownThenLargestOf(x)
{
  var y := TwoToThenCountdown(x);
  r := Largest(y);
}

function TwoToThenCountdownThenLargestEachOf(s: seq<nat>): seq<nat> {
  if |s| == 0 then [] else TwoToThenCountdownThenLargestEachOf(s[..|s| - 1]) + [TwoToThenCountdownThenLargestOf(s[|s| - 1])]
}

method TwoToThenCountdownThenLargestEach(s: seq<nat>) returns (r: seq<nat>)
  ensures r == TwoToThenCountdownThenLargestEachOf(s)
