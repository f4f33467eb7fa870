package awstest

import (
	"cmp"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gopkg.in/yaml.v3"
)

// These types are the part of a table's declaration that its readers and
// writers depend on, as it stands in a CloudFormation template.
type (
	tableDecl struct {
		BillingMode            string          `yaml:"BillingMode"`
		KeySchema              []keyDecl       `yaml:"KeySchema"`
		AttributeDefinitions   []attributeDecl `yaml:"AttributeDefinitions"`
		GlobalSecondaryIndexes []indexDecl     `yaml:"GlobalSecondaryIndexes"`
	}
	keyDecl struct {
		AttributeName string `yaml:"AttributeName"`
		KeyType       string `yaml:"KeyType"`
	}
	attributeDecl struct {
		AttributeName string `yaml:"AttributeName"`
		AttributeType string `yaml:"AttributeType"`
	}
	indexDecl struct {
		IndexName  string         `yaml:"IndexName"`
		KeySchema  []keyDecl      `yaml:"KeySchema"`
		Projection projectionDecl `yaml:"Projection"`
	}
	projectionDecl struct {
		ProjectionType   string   `yaml:"ProjectionType"`
		NonKeyAttributes []string `yaml:"NonKeyAttributes"`
	}
)

func TestFindingsTableIsTheTemplates(t *testing.T) {
	want := templateTable(t)
	got := declOf(findingsTable("any"))
	opts := []gocmp.Option{
		cmpopts.SortSlices(func(a, b attributeDecl) bool { return cmp.Less(a.AttributeName, b.AttributeName) }),
		cmpopts.SortSlices(func(a, b indexDecl) bool { return cmp.Less(a.IndexName, b.IndexName) }),
		cmpopts.SortSlices(cmp.Less[string]),
	}
	if diff := gocmp.Diff(want, got, opts...); diff != "" {
		t.Errorf("findingsTable differs from template.yaml (-template +findingsTable):\n%s", diff)
	}
}

// templateTable reads the declaration of the template's only table.
func templateTable(t *testing.T) tableDecl {
	t.Helper()
	root, err := moduleRoot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		Resources map[string]struct {
			Type       string    `yaml:"Type"`
			Properties yaml.Node `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(data, &template); err != nil {
		t.Fatalf("reading template.yaml: %v", err)
	}
	var tables []tableDecl
	for name, res := range template.Resources {
		if res.Type != "AWS::DynamoDB::Table" {
			continue
		}
		var decl tableDecl
		if err := res.Properties.Decode(&decl); err != nil {
			t.Fatalf("reading %s in template.yaml: %v", name, err)
		}
		tables = append(tables, decl)
	}
	if len(tables) != 1 {
		t.Fatalf("template.yaml declares %d tables, want 1", len(tables))
	}
	return tables[0]
}

func declOf(in *dynamodb.CreateTableInput) tableDecl {
	decl := tableDecl{BillingMode: string(in.BillingMode), KeySchema: keysOf(in.KeySchema)}
	for _, a := range in.AttributeDefinitions {
		decl.AttributeDefinitions = append(decl.AttributeDefinitions, attributeDecl{aws.ToString(a.AttributeName), string(a.AttributeType)})
	}
	for _, index := range in.GlobalSecondaryIndexes {
		decl.GlobalSecondaryIndexes = append(decl.GlobalSecondaryIndexes, indexDecl{
			IndexName:  aws.ToString(index.IndexName),
			KeySchema:  keysOf(index.KeySchema),
			Projection: projectionDecl{string(index.Projection.ProjectionType), index.Projection.NonKeyAttributes},
		})
	}
	return decl
}

func keysOf(schema []types.KeySchemaElement) []keyDecl {
	var keys []keyDecl
	for _, k := range schema {
		keys = append(keys, keyDecl{aws.ToString(k.AttributeName), string(k.KeyType)})
	}
	return keys
}
