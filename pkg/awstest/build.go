package awstest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// BuildLambda compiles the Lambda function at pkgPath, a path relative to the
// module root ("./cmd/x") or an import path, and returns the binary's path. It
// is removed at the end of the test. Go's build cache makes a second build
// cheap but not free: build in a parent test, or see [CompileLambda].
func BuildLambda(t testing.TB, pkgPath string) string {
	t.Helper()
	binary, err := CompileLambda(t.Context(), t.TempDir(), pkgPath)
	if err != nil {
		t.Fatalf("awstest: %v", err)
	}
	return binary
}

// CompileLambda is BuildLambda for TestMain: the binary goes to dir/bootstrap.
// It is built with the flags of the deployed function, but for the platform the
// test runs on.
func CompileLambda(ctx context.Context, dir, pkgPath string) (string, error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return "", err
	}
	binary, err := filepath.Abs(filepath.Join(dir, "bootstrap"))
	if err != nil {
		return "", fmt.Errorf("building %s: %w", pkgPath, err)
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-tags", "lambda.norpc", "-o", binary, pkgPath) //nolint:gosec // the test names the package
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", pkgPath, err, out)
	}
	return binary, nil
}

// moduleRoot returns the folder of the go.mod that holds the working directory.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("finding the module root: %w", err)
	}
	gomod := strings.TrimSpace(string(out))
	if gomod == "" || gomod == os.DevNull {
		return "", errors.New("finding the module root: not inside a module")
	}
	return filepath.Dir(gomod), nil
}
