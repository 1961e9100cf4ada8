// How long a list is, given what its elements are. What is missing: the function's body.

datatype List = Nil | Cons(head: int, tail: List)

function Elements(l: List): seq<int> {
  match l
  case Nil => []
  case Cons(h, t) => [h] + Elements(t)
}

function Size(l: List): nat
  ensures Size(l) == |Elements(l)|
{ // PROOFSMITH: body
}
