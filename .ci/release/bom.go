package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
)

// A bom is a bill of materials in the form of CycloneDX 1.5. It has neither a serial number
// nor a date, which are optional and would differ from build to build.
//
// https://cyclonedx.org/docs/1.5/json/
type bom struct {
	Format       string       `json:"bomFormat"`
	Spec         string       `json:"specVersion"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type    string     `json:"type"`
	Ref     string     `json:"bom-ref"`
	Name    string     `json:"name"`
	Version string     `json:"version"`
	PURL    string     `json:"purl,omitempty"`
	Hashes  []checksum `json:"hashes,omitempty"`
}

type checksum struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn,omitempty"`
}

// writeBOM lists each binary, and the modules that the linker noted in it: what is there,
// which is less than what go.mod names.
func writeBOM(path, version string, programs []program) error {
	all := bom{
		Format: "CycloneDX", Spec: "1.5", Version: 1,
		Metadata: metadata{Component: component{Type: "application", Ref: "why403", Name: "why403", Version: version}},
	}
	modules := make(map[string]component)
	product := dependency{Ref: "why403"}
	for _, p := range programs {
		c, uses, err := read(p, version)
		if err != nil {
			return err
		}
		of := dependency{Ref: c.Ref}
		for _, m := range uses {
			modules[m.Ref] = m
			of.DependsOn = append(of.DependsOn, m.Ref)
		}
		product.DependsOn = append(product.DependsOn, c.Ref)
		all.Components = append(all.Components, c)
		all.Dependencies = append(all.Dependencies, of)
	}
	all.Dependencies = append([]dependency{product}, all.Dependencies...)
	for _, ref := range slices.Sorted(maps.Keys(modules)) {
		all.Components = append(all.Components, modules[ref])
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the bill of materials: %w", err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the bill of materials: %w", err)
	}
	return nil
}

// read returns a binary and the modules in it, Go's standard library among them.
func read(p program, version string) (component, []component, error) {
	info, err := buildinfo.ReadFile(p.binary)
	if err != nil {
		return component{}, nil, fmt.Errorf("reading what %s is made of: %w", p.name, err)
	}
	content, err := os.ReadFile(p.binary)
	if err != nil {
		return component{}, nil, fmt.Errorf("reading %s: %w", p.name, err)
	}
	sum := sha256.Sum256(content)
	c := component{
		Type: "application", Ref: fmt.Sprintf("%s/%s/%s", p.name, p.target.os, p.target.arch), Name: p.name, Version: version,
		Hashes: []checksum{{"SHA-256", hex.EncodeToString(sum[:])}},
	}
	uses := []component{module("std", strings.TrimPrefix(info.GoVersion, "go"), "")}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		uses = append(uses, module(m.Path, m.Version, m.Sum))
	}
	return c, uses, nil
}

// module is a Go module; sum as go.sum has it.
//
// https://github.com/package-url/purl-spec/blob/main/types-doc/golang-definition.md
func module(path, version, sum string) component {
	ref := "pkg:golang/" + path + "@" + url.PathEscape(version)
	c := component{Type: "library", Ref: ref, Name: path, Version: version, PURL: ref}
	// "h1:" is SHA-256 of a list of the files' sums.
	if hash, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(sum, "h1:")); sum != "" && err == nil {
		c.Hashes = []checksum{{"SHA-256", hex.EncodeToString(hash)}}
	}
	return c
}
