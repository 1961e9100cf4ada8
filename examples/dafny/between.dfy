// A body to be written: the nearest value within bounds.

method Between(x: int, low: int, high: int) returns (r: int)
  requires low <= high
  ensures low <= r <= high
  ensures low <= x <= high ==> r == x
  ensures x < low ==> r == low
  ensures x > high ==> r == high
{
  // PROOFSMITH: body
}
