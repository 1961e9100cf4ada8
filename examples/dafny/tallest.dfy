// The height of the tallest tower, and which one it is.

method Tallest(towers: array<int>) returns (which: nat, height: int)
  requires towers.Length > 0
  ensures which < towers.Length
  ensures height == towers[which]
  ensures forall k :: 0 <= k < towers.Length ==> towers[k] <= height
{
  which, height := 0, towers[0];
  var i := 1;
  while i < towers.Length {
    if towers[i] > height {
      which, height := i, towers[i];
    }
    i := i + 1;
  }
}
