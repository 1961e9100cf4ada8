// A sequence of n times the same. What is missing: the body of the function, which the marker stands for.

function Copies(x: int, n: nat): seq<int>
  ensures |Copies(x, n)| == n
  ensures forall i :: 0 <= i < n ==> Copies(x, n)[i] == x
{ // PROOFSMITH: body
}
