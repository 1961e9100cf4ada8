// Where a key stands in an array, or -1. What is missing: a loop that stops early.

method PlaceOf(a: array<int>, key: int) returns (at: int)
  ensures 0 <= at ==> at < a.Length && a[at] == key
  ensures at < 0 ==> forall k :: 0 <= k < a.Length ==> a[k] != key
