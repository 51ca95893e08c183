//! Kinds of nodes in the engine's tree (`EXPLAIN AST`), and what each kind of statement means for us.

use super::Rules;
use crate::user::User;

/// Nodes that statements which only read are made of. The first word of a line of `EXPLAIN AST`.
const READING: [&str; 61] = [
    "ASTObjectTypeArgument",
    "ObjectTypedPath",
    "ArrayJoin",
    "Asterisk",
    "ColumnsApplyTransformer",
    "ColumnsExceptTransformer",
    "ColumnsListMatcher",
    "ColumnsRegexpMatcher",
    "ColumnsReplaceTransformer",
    "ColumnsReplaceTransformer::Replacement",
    "ColumnsTransformerList",
    "DataType",
    "DescribeQuery",
    "EnumDataType",
    "ExistsDatabaseQuery",
    "ExistsTableQuery",
    "ExistsViewQuery",
    "Explain",
    "ExpressionList",
    "Function",
    "Identifier",
    "InterpolateElement",
    "Literal",
    "NameTypePair",
    "ObjectTypeArgument",
    "OrderByElement",
    "ProjectionSelectQuery",
    "QualifiedAsterisk",
    "QualifiedColumnsListMatcher",
    "QualifiedColumnsRegexpMatcher",
    "QueryParameter",
    "SampleRatio",
    "SelectIntersectExceptQuery",
    "SelectQuery",
    "SelectWithUnionQuery",
    "Set",
    "ShowColumns",
    "ShowCreateDatabaseQuery",
    "ShowCreateTableQuery",
    "ShowCreateViewQuery",
    "ShowEngineQuery",
    "ShowFunctions",
    "ShowIndexes",
    "ShowSetting",
    "ShowTables",
    "StorageOrderByElement",
    "Subquery",
    "TableExpression",
    "TableIdentifier",
    "TableJoin",
    "TablesInSelectQuery",
    "TablesInSelectQueryElement",
    "TupleDataType",
    "Using",
    "WindowDefinition",
    "WindowListElement",
    "WithElement",
    "Collation",
    "ColumnsMatcher",
    "TTLElement",
    "Assignment",
];

/// Nodes that only the writer's statements are made of.
const WRITING: [&str; 27] = [
    "AlterCommand",
    "AlterQuery",
    "ColumnDeclaration",
    "Columns",
    "Constraint",
    "CreateQuery",
    "CreateSQLFunctionQuery",
    "DeleteQuery",
    "DropFunctionQuery",
    "DropQuery",
    "DropViewQuery",
    "ForeignKeyDeclaration",
    "Index",
    "InsertQuery",
    "OptimizeQuery",
    "Partition",
    "Projection",
    "Refresh",
    "Rename",
    "Stat",
    "Storage",
    "TruncateQuery",
    "UndropQuery",
    "UpdateQuery",
    "View",
    "ViewTargets",
    "Statistics",
];

/// Codecs, kinds of indexes and the like: they look like functions in the tree of a CREATE.
const DDL_FUNCTIONS: [&str; 25] = [
    "CODEC",
    "NONE",
    "LZ4",
    "LZ4HC",
    "ZSTD",
    "T64",
    "Delta",
    "DoubleDelta",
    "Gorilla",
    "FPC",
    "GCD",
    "ALP",
    "Default",
    "minmax",
    "set",
    "bloom_filter",
    "ngrambf_v1",
    "tokenbf_v1",
    "sparse_grams",
    "text",
    "tdigest",
    "uniq",
    "countmin",
    "splitByNonAlpha",
    "vector_similarity",
];

/// What ALTER may do: nothing that moves parts to or from other places.
const ALTER_COMMANDS: [&str; 37] = [
    "ADD_COLUMN",
    "DROP_COLUMN",
    "MODIFY_COLUMN",
    "COMMENT_COLUMN",
    "RENAME_COLUMN",
    "MATERIALIZE_COLUMN",
    "MODIFY_ORDER_BY",
    "MODIFY_SAMPLE_BY",
    "REMOVE_SAMPLE_BY",
    "MODIFY_TTL",
    "MATERIALIZE_TTL",
    "REMOVE_TTL",
    "MODIFY_SETTING",
    "RESET_SETTING",
    "MODIFY_QUERY",
    "MODIFY_COMMENT",
    "MODIFY_REFRESH",
    "MODIFY_SQL_SECURITY",
    "ADD_INDEX",
    "DROP_INDEX",
    "MATERIALIZE_INDEX",
    "CLEAR_INDEX",
    "ADD_CONSTRAINT",
    "DROP_CONSTRAINT",
    "ADD_PROJECTION",
    "DROP_PROJECTION",
    "MATERIALIZE_PROJECTION",
    "ADD_STATISTICS",
    "DROP_STATISTICS",
    "MODIFY_STATISTICS",
    "MATERIALIZE_STATISTICS",
    "DROP_PARTITION",
    "REPLACE_PARTITION",
    "DELETE",
    "UPDATE",
    "APPLY_DELETED_MASK",
    "CLEAR_COLUMN",
];

/// Whether a node of this kind may be in a statement.
pub(super) fn is_allowed_kind(kind: &str, rules: Rules) -> bool {
    READING.contains(&kind) || rules != Rules::Of(User::Analyst) && WRITING.contains(&kind)
}

/// Whether a name is of a type, not of the function that is called alike in another case.
pub(super) fn is_type(name: &str) -> bool {
    name == "Nested"
}

/// Whether a name is one of DDL's that only look like functions.
pub(super) fn is_ddl_function(name: &str) -> bool {
    DDL_FUNCTIONS.contains(&name)
}

/// Whether ALTER may do this.
pub(super) fn is_allowed_alter(command: &str) -> bool {
    ALTER_COMMANDS.contains(&command)
}

/// The kind of a whole statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    /// Reads.
    Read,
    /// Writes rows.
    Rows,
    /// Changes tables or views.
    Tables,
    /// Changes functions.
    Functions,
}

impl Root {
    /// By the kind of the tree's first node; `None` for a node that is no statement we know.
    pub(super) fn of(kind: &str) -> Option<Self> {
        match kind {
            "SelectWithUnionQuery"
            | "SelectIntersectExceptQuery"
            | "SelectQuery"
            | "Explain"
            | "DescribeQuery"
            | "ExistsTableQuery"
            | "ExistsViewQuery"
            | "ExistsDatabaseQuery"
            | "ShowTables"
            | "ShowColumns"
            | "ShowIndexes"
            | "ShowFunctions"
            | "ShowEngineQuery"
            | "ShowSetting"
            | "ShowCreateTableQuery"
            | "ShowCreateViewQuery"
            | "ShowCreateDatabaseQuery" => Some(Self::Read),
            "InsertQuery" | "OptimizeQuery" | "DeleteQuery" | "UpdateQuery" | "TruncateQuery" => {
                Some(Self::Rows)
            }
            "CreateQuery" | "DropQuery" | "AlterQuery" | "Rename" | "UndropQuery" => {
                Some(Self::Tables)
            }
            "CreateSQLFunctionQuery" | "DropFunctionQuery" => Some(Self::Functions),
            _ => None,
        }
    }

    /// Whether a statement of this kind has a result.
    pub(super) fn has_result(self) -> bool {
        self == Self::Read
    }
}
