// Package version says which build this is.
package version

import (
	"runtime/debug"
	"strings"
)

// stamped is what a release is built with:
//
//	go build -ldflags "-X why403/pkg/version.stamped=v1.2.3"
//
// The linker sets a variable and nothing else, so this is one; nothing in the program writes it.
var stamped string //nolint:gochecknoglobals // the linker's only way in

// Unreleased is the version of a build that nobody named.
const Unreleased = "unreleased"

// String returns the version that the build was stamped with. Without one it is what Go
// noted of the module (a tag, or the commit with a date), and [Unreleased] where Go noted nothing.
func String() string {
	var module string
	if info, ok := debug.ReadBuildInfo(); ok {
		module = info.Main.Version
	}
	return choose(stamped, module)
}

func choose(stamped, module string) string {
	switch {
	case stamped != "":
		return stamped
	case module != "" && module != "(devel)":
		return strings.TrimSpace(module)
	}
	return Unreleased
}
