package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"why403/pkg/version"
)

func newVersion(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: usage(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			if o.json() {
				return o.writeJSON(map[string]string{"version": version.String(), "go": runtime.Version()})
			}
			_, err := fmt.Fprintf(o.sys.stdout, "why403 %s (%s %s/%s)\n", version.String(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
