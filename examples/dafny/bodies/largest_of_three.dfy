// The larger of two numbers is there already. What is missing: how to use it for three.

method Larger(a: int, b: int) returns (r: int)
  ensures r >= a && r >= b && (r == a || r == b)
{
  if a > b {
    r := a;
  } else {
    r := b;
  }
}

method LargestOfThree(a: int, b: int, c: int) returns (r: int)
  ensures r >= a && r >= b && r >= c
  ensures r == a || r == b || r == c
