package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/spf13/cobra"

	"why403/pkg/finding"
	"why403/pkg/finding/dynamo"
	"why403/pkg/finding/local"
)

// tableFlags name a DynamoDB table of findings, and with what it is read.
type tableFlags struct{ name, region, profile string }

// addStore adds the flag of commands that know the local store only.
func addStore(cmd *cobra.Command, o *options) {
	cmd.Flags().StringVar(&o.store, "store", "", "file that findings are kept in (default: see 'why403 help environment')")
}

// addSource adds the flags of commands that take findings from a file or a table.
func addSource(cmd *cobra.Command, o *options) {
	addTable(cmd, o)
	cmd.Flags().StringVar(&o.table.region, "region", "", "AWS Region of the table (default: that of the profile)")
	cmd.Flags().StringVar(&o.table.profile, "profile", "", "AWS profile to use for the table (default: as every AWS tool chooses)")
}

// addTable is addSource for a command that has --region and --profile already.
func addTable(cmd *cobra.Command, o *options) {
	addStore(cmd, o)
	cmd.Flags().StringVar(&o.table.name, "table", "", "DynamoDB table that findings are kept in, that of a deployed stack, instead of a file")
}

// source is an open store of findings, and where it is.
type source struct {
	finding.Store
	// table and region are empty for a file, file for a table.
	table, region, file string
	aws                 aws.Config
	getenv              func(string) string
	ids                 []finding.Finding // as they were listed for the beginning of an id
}

// tableName is the table that findings are kept in; empty: a file. A flag wins over the
// environment, and a table over a file.
func (o *options) tableName() (string, error) {
	switch {
	case o.table.name != "" && o.store != "":
		return "", usageError{errors.New("--table and --store: findings are in one of them")}
	case o.table.name != "":
		return o.table.name, nil
	case o.store != "":
		return "", nil
	}
	return o.sys.getenv("WHY403_TABLE"), nil
}

// withFindings opens the findings that the flags of addSource name. Errors of do are
// explained. write says that findings are changed.
func (o *options) withFindings(ctx context.Context, write bool, do func(*source) error) error {
	table, err := o.tableName()
	if err != nil {
		return err
	}
	if table != "" {
		s, err := o.openTable(ctx, table)
		if err != nil {
			return err
		}
		return s.explained(do(s))
	}
	path, err := o.storePath()
	if err != nil {
		return err
	}
	open := local.OpenReadOnly
	if write {
		open = local.Open
	}
	// A mistyped path makes no new store.
	if _, err := os.Stat(path); local.Missing(err) {
		return fmt.Errorf("there is no findings store at %s yet: run 'why403 audit' first, or name a DynamoDB table with --table", path)
	}
	store, err := open(path)
	if err != nil {
		return err
	}
	defer store.Close()
	return do(&source{Store: store, file: path, getenv: o.sys.getenv})
}

func (o *options) openTable(ctx context.Context, table string) (*source, error) {
	cfg, err := config.LoadDefaultConfig(ctx, func(l *config.LoadOptions) error {
		l.SharedConfigProfile, l.Region = o.table.profile, o.table.region
		l.Logger = logging.Nop{} // errors say what people need
		return nil
	})
	var missing config.SharedConfigProfileNotExistError
	switch {
	case errors.As(err, &missing):
		return nil, fmt.Errorf("there is no AWS profile %q in the AWS configuration", missing.Profile)
	case err != nil:
		return nil, fmt.Errorf("loading the AWS configuration: %w", err)
	case strings.HasPrefix(table, "arn:") && len(strings.Split(table, ":")) > 3 && o.table.region == "":
		cfg.Region = strings.Split(table, ":")[3]
	}
	if cfg.Region == "" {
		return nil, usageError{errors.New("no AWS Region is configured: say --region, or set AWS_REGION")}
	}
	return &source{Store: dynamo.New(dynamodb.NewFromConfig(cfg), table), table: table, region: cfg.Region, aws: cfg, getenv: o.sys.getenv}, nil
}

// fullID is the length of an id that needs not be looked for.
const fullID = 8

// find returns the finding of an id, or of the beginning of one. A table is listed for
// the latter.
func (s *source) find(ctx context.Context, id string) (finding.Finding, error) {
	whole, err := s.whole(ctx, id)
	if err != nil {
		return finding.Finding{}, err
	}
	return s.Get(ctx, whole)
}

// whole returns the whole of an id. Whether there is a finding of a full one, whoever
// uses it will see.
func (s *source) whole(ctx context.Context, id string) (string, error) {
	id = strings.ToUpper(strings.TrimSpace(id))
	if len(id) == fullID {
		return id, nil
	}
	if s.ids == nil {
		all, err := s.List(ctx, finding.Filter{})
		if err != nil {
			return "", err
		}
		s.ids = all
	}
	f, err := finding.Pick(s.ids, id)
	return f.ID, err
}

// who is who changes a finding, where nobody says it: the user of this computer, or the
// caller whose credentials they are.
func (s *source) who(ctx context.Context) (string, error) {
	if s.table == "" {
		for _, name := range []string{"USER", "LOGNAME", "USERNAME"} {
			if who := s.getenv(name); who != "" {
				return who, nil
			}
		}
		if u, err := user.Current(); err == nil {
			return u.Username, nil
		}
		return "", nil // not known; nothing hangs on it
	}
	me, err := sts.NewFromConfig(s.aws).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", fmt.Errorf("finding out whose credentials these are (or say --by): %w", err)
	}
	return aws.ToString(me.Arn), nil
}
