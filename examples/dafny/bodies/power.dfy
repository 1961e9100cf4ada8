// The function says what a power is; a method is to compute it. What is missing: its body.

function Power(b: int, n: nat): int { if n == 0 then 1 else b * Power(b, n - 1) }

method ComputePower(b: int, n: nat) returns (r: int)
  ensures r == Power(b, n)
