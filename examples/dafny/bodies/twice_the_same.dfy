// Whether some element stands twice in an array. What is missing: loops inside each other.

method TwiceTheSame(a: array<int>) returns (found: bool)
  ensures found <==> exists i, j :: 0 <= i < j < a.Length && a[i] == a[j]
