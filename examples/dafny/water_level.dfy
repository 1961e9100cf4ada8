// Every basin that is lower than the water is filled up to its level, the others stay as they are.

method Flood(basins: array<int>, level: int)
  modifies basins
  ensures forall k :: 0 <= k < basins.Length ==>
    basins[k] == if old(basins[k]) < level then level else old(basins[k])
{
  var i := 0;
  while i < basins.Length {
    if basins[i] < level {
      basins[i] := level;
    }
    i := i + 1;
  }
}
