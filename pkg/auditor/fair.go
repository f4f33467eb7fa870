package auditor

// fair returns the items in an order in which everybody has a turn: the first item of each,
// then the second of each, and so on, whoever came first. One that is noisy then does not
// keep the others from being done before time is over.
func fair[T any](items []T, whose func(T) string) []T {
	var order []string
	by := make(map[string][]T)
	for _, item := range items {
		who := whose(item)
		if by[who] == nil {
			order = append(order, who)
		}
		by[who] = append(by[who], item)
	}
	out := make([]T, 0, len(items))
	for round := 0; len(out) < len(items); round++ {
		for _, who := range order {
			if round < len(by[who]) {
				out = append(out, by[who][round])
			}
		}
	}
	return out
}
