package awstest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// CreateFindingsTable creates the findings table as template.yaml declares it:
// partition key id, sort key part, and the indexes by-status, by-bucket,
// by-requester, by-cause and by-actor, each sorted by last_seen and with the template's
// projection. It returns when the table can be used.
func CreateFindingsTable(ctx context.Context, cfg aws.Config, name string) error {
	client := dynamodb.NewFromConfig(cfg)
	if _, err := client.CreateTable(ctx, findingsTable(name)); err != nil {
		return fmt.Errorf("creating the findings table %s: %w", name, err)
	}
	ready := dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) { o.MinDelay = 10 * time.Millisecond })
	if err := ready.Wait(ctx, &dynamodb.DescribeTableInput{TableName: &name}, time.Minute); err != nil {
		return fmt.Errorf("waiting for the findings table %s: %w", name, err)
	}
	return nil
}

// findingsTable is the declaration of the table. A test compares it with
// template.yaml.
func findingsTable(name string) *dynamodb.CreateTableInput {
	indexed := []string{"status", "bucket", "requester", "cause", "actor_account"}
	listed := []string{
		"title", "cause", "confidence", "status", "bucket", "requester", "action_class", "count", "first_seen", "actor_account",
	}
	in := &dynamodb.CreateTableInput{
		TableName:            &name,
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: stringAttributes(append([]string{"id", "part", "last_seen"}, indexed...)),
		KeySchema:            keySchema("id", "part"),
	}
	for _, attr := range indexed {
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: aws.String("by-" + strings.TrimSuffix(attr, "_account")),
			KeySchema: keySchema(attr, "last_seen"),
			Projection: &types.Projection{
				ProjectionType:   types.ProjectionTypeInclude,
				NonKeyAttributes: slices.DeleteFunc(slices.Clone(listed), func(s string) bool { return s == attr }),
			},
		})
	}
	return in
}

// ScanTable returns every item of a table, in no particular order.
func ScanTable(ctx context.Context, cfg aws.Config, name string) ([]map[string]types.AttributeValue, error) {
	var items []map[string]types.AttributeValue
	pages := dynamodb.NewScanPaginator(dynamodb.NewFromConfig(cfg), &dynamodb.ScanInput{
		TableName:      &name,
		ConsistentRead: aws.Bool(true),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("scanning the table %s: %w", name, err)
		}
		items = append(items, page.Items...)
	}
	return items, nil
}

func stringAttributes(names []string) []types.AttributeDefinition {
	var defs []types.AttributeDefinition
	for _, name := range names {
		defs = append(defs, types.AttributeDefinition{AttributeName: &name, AttributeType: types.ScalarAttributeTypeS})
	}
	return defs
}

func keySchema(partition, sort string) []types.KeySchemaElement {
	return []types.KeySchemaElement{
		{AttributeName: &partition, KeyType: types.KeyTypeHash},
		{AttributeName: &sort, KeyType: types.KeyTypeRange},
	}
}
