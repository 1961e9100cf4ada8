// Division by four, one step at a time. What is missing: what stays true in the loop.

method Quarter(n: nat) returns (whole: nat, rest: nat)
  ensures n == 4 * whole + rest
  ensures rest < 4
{
  whole, rest := 0, n;
  while rest >= 4 {
    rest := rest - 4;
    whole := whole + 1;
  }
}
