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

function RepeatedTwoToEachOf(s: seq<nat>): seq<nat> {
  if |s| == 0 then [] else RepeatedTwoToEachOf(s[..|s| - 1]) + [RepeatedTwoToOf(s[|s| - 1])]
}

method RepeatedTwoToEach(s: seq<nat>) returns (r: seq<nat>)
  ensures r == RepeatedTwoToEachOf(s)
{
  r := [];
  var i := 0;
  while i < |s|
  {
    var y := RepeatedTwoTo(s[i]);
    r := r + [y];
    i := i + 1;
  }
}

function ReversedOf(s: seq<nat>): seq<nat> {
  if |s| == 0 then [] else ReversedOf(s[1..]) + [s[0]]
}

method Reverse(s: seq<nat>) returns (r: seq<nat>)
  ensures r == ReversedOf(s)
{
  r := [];
  var i := |s|;
  while i > 0
  {
    i := i - 1;
    r := r + [s[i]];
  }
}

function ZerosOf(s: seq<nat>): nat {
  if |s| == 0 then 0 else ZerosOf(s[1..]) + (if s[0] == 0 then 1 else 0)
}

method Zeros(s: seq<nat>) returns (r: nat)
  ensures r == ZerosOf(s)
{
  r := 0;
  var i := |s|;
  while i > 0
  {
    i := i - 1;
    if s[i] == 0 {
      r := r + 1;
    }
  }
}

function ReverseThenZerosOf(x: seq<nat>): nat {
  ZerosOf(ReversedOf(x))
}

method ReverseThenZeros(x: seq<nat>) returns (r: nat)
  ensures r == ReverseThenZerosOf(x)
{
  var y := Reverse(x);
  r := Zeros(y);
}

function RepeatedTwoToEachThenReverseThenZerosOf(x: seq<nat>): nat {
  ReverseThenZerosOf(RepeatedTwoToEachOf(x))
}

method RepeatedTwoToEachThenReverseThenZeros(x: seq<nat>) returns (r: nat)
  ensures r == RepeatedTwoToEachThenReverseThenZerosOf(x)
