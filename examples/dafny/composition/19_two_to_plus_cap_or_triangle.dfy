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

function TwoToPlusCapOf(x: nat): nat { PowerOfTwo(x) + CappedOf(x) }

method TwoToPlusCap(x: nat) returns (r: nat)
  ensures r == TwoToPlusCapOf(x)
{
  r := TwoTo(x);
  var y := Cap(x);
  r := r + y;
}

function TriangleOf(n: nat): nat {
  if n == 0 then 0 else TriangleOf(n - 1) + n
}

method Triangle(n: nat) returns (r: nat)
  ensures r == TriangleOf(n)
{
  r := 0;
  var i := 0;
  while i < n
  {
    i := i + 1;
    r := r + i;
  }
}

function TwoToPlusCapOrTriangleOf(x: nat): nat {
  if x < 10 then TwoToPlusCapOf(x) else TriangleOf(x)
}

method TwoToPlusCapOrTriangle(x: nat) returns (r: nat)
  ensures r == TwoToPlusCapOrTriangleOf(x)
{
  if x < 10 {
    r := TwoToPlusCap(x);
  } else {
    r := Triangle(x);
  }
}
