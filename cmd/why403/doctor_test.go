package main

import (
	"bytes"
	"strings"
	"testing"

	"why403/pkg/doctor"
)

func TestDoctorSaysWhatToDo(t *testing.T) {
	var out bytes.Buffer
	o := &options{sys: surroundings{stdout: &out}}
	report := doctor.Report{Stack: "why403", Account: "111111111111", Region: "eu-west-3", Links: []doctor.Link{
		{Name: "trail", Verdict: doctor.OK, Found: "recording: main"},
		{Name: "inbox of AlertTopic", Verdict: doctor.Broken, Found: "not confirmed: \x1b[31mteam@acme.example", Do: "Follow the link."},
	}}
	if err := writeReport(o, report); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"stack why403, account 111111111111, eu-west-3\n", "ok       trail: recording: main\n",
		"broken   inbox of AlertTopic: not confirmed: ", "         -> Follow the link.\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("an address reaches the terminal as it is")
	}
}

func TestDoctorWithoutRegion(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_PROFILE", "")
	t.Setenv("AWS_CA_BUNDLE", "")
	var out, stderr bytes.Buffer
	if got := run([]string{"doctor"}, surroundings{stdout: &out, stderr: &stderr, getenv: func(string) string { return "" }}); got != exitUsage {
		t.Errorf("exit status %d, %s", got, stderr.String())
	}
}
