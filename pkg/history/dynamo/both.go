package dynamo

// Both remembers and tells.
type Both struct {
	*Store
	*Production
}

// Open returns what remembers and tells in the table of that name.
func Open(api API, table string) Both {
	return Both{New(api, table), NewProduction(api, table)}
}
