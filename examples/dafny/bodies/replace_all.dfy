// Every x of an array becomes y. What is missing: a loop, and what stays true in it.

method ReplaceAll(a: array<int>, x: int, y: int)
  modifies a
  ensures forall k :: 0 <= k < a.Length && old(a[k]) == x ==> a[k] == y
  ensures forall k :: 0 <= k < a.Length && old(a[k]) != x ==> a[k] == old(a[k])
