---@meta op
-- Written by scripts/gen-stubs from the operations' definitions; do not edit.

---@class curlew.Null
---@class curlew.All
---@class curlew.FinalName
---@class curlew.TableEntry
---@class curlew.ByDialect
---@class curlew.Sql
---@field sql string

---@class curlew.Type
---@field name string
---@field length? integer
---@field precision? integer
---@field scale? integer
---@field timezone? boolean
---@field values? string[]

---@class curlew.BackfillResult
---@field rows integer
---@field batches integer
---@field skipped integer
---@field seconds number

---@class curlew.BackfillStats
---@field rows integer so far
---@field walked integer keys passed so far
---@field batches integer
---@field skipped integer
---@field batch_size integer of the next batch
---@field last number seconds that the last batch took
---@field seconds number since the run began

---@class curlew.Computed
---@field [1] string|curlew.Sql
---@field persisted? boolean

---@class curlew.Types
---@field array curlew.Type|fun(of: curlew.Type): curlew.Type
---@field bigint curlew.Type|fun(): curlew.Type
---@field binary curlew.Type|fun(length?: integer): curlew.Type
---@field blob curlew.Type|fun(length?: integer): curlew.Type
---@field bool curlew.Type|fun(): curlew.Type
---@field boolean curlew.Type|fun(): curlew.Type
---@field char curlew.Type|fun(length?: integer, options?: { collation?: string }): curlew.Type
---@field date curlew.Type|fun(): curlew.Type
---@field datetime curlew.Type|fun(options?: { precision?: integer, timezone?: boolean }): curlew.Type
---@field decimal curlew.Type|fun(precision?: integer, scale?: integer): curlew.Type
---@field double curlew.Type|fun(): curlew.Type
---@field enum curlew.Type|fun(enum: string, values?: string[], options?: { check?: boolean, collation?: string, length?: integer, native?: boolean, schema?: string }): curlew.Type
---@field float curlew.Type|fun(precision?: integer): curlew.Type
---@field int curlew.Type|fun(): curlew.Type
---@field integer curlew.Type|fun(): curlew.Type
---@field interval curlew.Type|fun(): curlew.Type
---@field json curlew.Type|fun(): curlew.Type
---@field jsonb curlew.Type|fun(): curlew.Type
---@field numeric curlew.Type|fun(precision?: integer, scale?: integer): curlew.Type
---@field raw curlew.Type|fun(sql: string): curlew.Type
---@field real curlew.Type|fun(): curlew.Type
---@field smallint curlew.Type|fun(): curlew.Type
---@field string curlew.Type|fun(length?: integer, options?: { collation?: string }): curlew.Type
---@field text curlew.Type|fun(length?: integer, options?: { collation?: string }): curlew.Type
---@field time curlew.Type|fun(options?: { precision?: integer, timezone?: boolean }): curlew.Type
---@field timestamp curlew.Type|fun(options?: { precision?: integer, timezone?: boolean }): curlew.Type
---@field uuid curlew.Type|fun(): curlew.Type
---@field varchar curlew.Type|fun(length?: integer, options?: { collation?: string }): curlew.Type
---@field by_dialect fun(choices: table<string, curlew.Type>): curlew.Type

---@class curlew.CommonOptions
---@field schema? string Schema of the object
---@field existing_type? curlew.Type The column's present type
---@field existing_nullable? boolean Whether the column may be NULL now
---@field existing_server_default? string|number|boolean|curlew.Sql|curlew.Null The column's present default
---@field existing_comment? string|curlew.Null The present comment
---@field existing_autoincrement? boolean Whether the column is auto-incrementing now
---@field existing_collation? string The column's present collation

---@class curlew.Identity
---@field always? boolean Refuse explicit values
---@field start? integer First value
---@field increment? integer Step
---@field minvalue? integer Lowest value
---@field maxvalue? integer Highest value
---@field cache? integer Values a session takes at once
---@field cycle? boolean Begin again at the end

---@class curlew.ColumnDeclaration
---@field [1] string Name
---@field [2] curlew.Type Type
---@field nullable? boolean May be NULL; true unless it is part of the primary key
---@field primary_key? boolean Part of the primary key
---@field unique? boolean Has a unique constraint of its own
---@field index? boolean Has an index of its own
---@field server_default? string|number|boolean|curlew.Sql|curlew.Null A literal, or op.sql for an expression
---@field references? string|string[] "table.column", { table, column } or { schema, table, column }
---@field references_name? string|curlew.FinalName Name of the foreign key
---@field ondelete? "cascade"|"restrict"|"set null"|"set default"|"no action" What happens here when the referenced row is deleted
---@field onupdate? "cascade"|"restrict"|"set null"|"set default"|"no action" What happens here when the referenced key changes
---@field deferrable? boolean The foreign key may be checked at the end of the transaction
---@field initially? "deferred"|"immediate" "deferred" or "immediate"
---@field match? "simple"|"full"|"partial" "simple" or "full"
---@field check? string|curlew.Sql|curlew.TableEntry An expression or op.check(...)
---@field comment? string|curlew.Null Comment of the column
---@field autoincrement? boolean Whether the server numbers the rows
---@field collation? string Collation of a text column
---@field computed? curlew.Computed|string|curlew.Sql { expression, persisted = true }: a generated column
---@field identity? curlew.Identity|true { always =, start =, increment = }: an identity column

---@class curlew.TableDeclaration
---@field [integer] curlew.ColumnDeclaration|curlew.TableEntry
---@field comment? string|curlew.Null Comment of the table
---@field if_not_exists? boolean Do nothing when the table exists
---@field mysql_engine? string Storage engine (MySQL)
---@field mysql_charset? string Default character set (MySQL)
---@field sqlite_strict? boolean STRICT table (SQLite)
---@field sqlite_without_rowid? boolean WITHOUT ROWID table (SQLite)
---@field sqlite_autoincrement? boolean Never use a rowid twice: AUTOINCREMENT (SQLite)
---@field postgresql_partition_by? string|curlew.Sql PARTITION BY ... (PostgreSQL)
---@field temporary? boolean The table is gone when the session ends

---@class curlew.op
---@field types curlew.Types
---@field null curlew.Null SQL NULL
---@field all curlew.All Every row, as the `where` of update and delete
---@field dialect string "sqlite", "postgresql" or "mysql"
---@field json curlew.Json
local op = {}

---SQL text, raw wherever it is accepted.
---@param text string
---@return curlew.Sql
function op.sql(text) end

---A value that differs by dialect or server; `default` stands for all others.
---@param choices table<string, any>
---@return any
function op.by_dialect(choices) end

---A name that no naming convention is applied to.
---@param name string
---@return curlew.FinalName
function op.f(name) end

---A value written as a literal of the database.
---@param value any
---@return curlew.Sql
function op.literal(value) end

---The connection of the running migration.
---@return curlew.Conn
function op.get_bind() end

---What upgrade and downgrade get as their argument.
---@return curlew.Context
function op.get_context() end

---An inspector on the live catalog.
---@return curlew.Inspector
function op.inspect() end

---Runs a function outside of the transaction; within another such block it just runs it.
---@param fn fun()
function op.autocommit_block(fn) end

---Ends the transaction and begins another.
function op.commit() end

---Runs a function within a savepoint: what fails in it can be handled, and its rows are rolled back. On MySQL and
---MariaDB a definition (a CREATE, ALTER or DROP) commits by itself: it stays, whatever fails after it, and one that
---follows rows written in the same savepoint is refused.
---@param fn fun()
---@return boolean ok
---@return curlew.Error? err
function op.savepoint(fn) end

---Prints a line for people.
---@param text string
function op.log(text) end

---A random UUID as text.
---@return string
function op.uuid() end

---The time in UTC, "2026-11-20 10:30:00".
---@param offset_seconds? integer
---@return string
function op.now(offset_seconds) end

---Runs an operation's record.
---@param record table
---@return any
function op.invoke(record) end

---@class curlew.entry.primary_key
---@field name? string|curlew.FinalName Name; else the naming convention's, else the server's
---@field deferrable? boolean May be checked at the end of the transaction
---@field initially? "deferred"|"immediate" "deferred" or "immediate"

---A primary key of a create_table.
---@param columns string|table
---@param opts? curlew.entry.primary_key
---@return curlew.TableEntry
function op.primary_key(columns, opts) end

---@class curlew.entry.unique
---@field name? string|curlew.FinalName Name; else the naming convention's, else the server's
---@field deferrable? boolean May be checked at the end of the transaction
---@field initially? "deferred"|"immediate" "deferred" or "immediate"
---@field include? string|string[] Columns carried in the index (PostgreSQL)
---@field nulls_not_distinct? boolean NULLs count as equal (PostgreSQL 15)

---A unique of a create_table.
---@param columns string|table
---@param opts? curlew.entry.unique
---@return curlew.TableEntry
function op.unique(columns, opts) end

---@class curlew.entry.foreign_key
---@field name? string|curlew.FinalName Name; else the naming convention's, else the server's
---@field ondelete? "cascade"|"restrict"|"set null"|"set default"|"no action" What happens here when the referenced row is deleted
---@field onupdate? "cascade"|"restrict"|"set null"|"set default"|"no action" What happens here when the referenced key changes
---@field deferrable? boolean May be checked at the end of the transaction
---@field initially? "deferred"|"immediate" "deferred" or "immediate"
---@field match? "simple"|"full"|"partial" "simple" or "full"
---@field not_valid? boolean Leave existing rows unchecked until validate_constraint (PostgreSQL)
---@field referent_schema? string Schema of the referenced table
---@field source_schema? string Schema of the referencing table

---A foreign key of a create_table.
---@param columns string|string[]
---@param referent string
---@param referent_columns string|string[]
---@param opts? curlew.entry.foreign_key
---@return curlew.TableEntry
function op.foreign_key(columns, referent, referent_columns, opts) end

---@class curlew.entry.check
---@field name? string|curlew.FinalName Name; else the naming convention's, else the server's
---@field not_valid? boolean Leave existing rows unchecked until validate_constraint (PostgreSQL)
---@field deferrable? boolean May be checked at the end of the transaction
---@field initially? "deferred"|"immediate" "deferred" or "immediate"

---A check of a create_table.
---@param expression string|curlew.Sql|table
---@param opts? curlew.entry.check
---@return curlew.TableEntry
function op.check(expression, opts) end

---@class curlew.entry.index
---@field name? string|curlew.FinalName Name; else the naming convention's, else the server's
---@field unique? boolean Values are unique
---@field where? string|curlew.Sql Rows it covers (PostgreSQL, SQLite)
---@field using? string Index method
---@field include? string|string[] Columns carried beside the key (PostgreSQL)
---@field mysql_length? integer|table<string, integer> Length of the prefix, or lengths by column (MySQL)
---@field ops? table<string, string> Operator classes by column (PostgreSQL)
---@field nulls_not_distinct? boolean NULLs count as equal in a unique index (PostgreSQL 15)

---A index of a create_table.
---@param columns string|curlew.Sql|table
---@param opts? curlew.entry.index
---@return curlew.TableEntry
function op.index(columns, opts) end

---@class curlew.entry.exclude
---@field name? string|curlew.FinalName Name; else the naming convention's, else the server's
---@field using? string Index method, gist unless given
---@field where? string|curlew.Sql Rows it is about
---@field deferrable? boolean May be checked at the end of the transaction
---@field initially? "deferred"|"immediate" "deferred" or "immediate"

---A exclude of a create_table.
---@param exclusions table
---@param opts? curlew.entry.exclude
---@return curlew.TableEntry
function op.exclude(exclusions, opts) end

---@class curlew.options.create_table: curlew.CommonOptions
---@field comment? string|curlew.Null Comment of the table
---@field if_not_exists? boolean Do nothing when the table exists
---@field mysql_engine? string Storage engine (MySQL)
---@field mysql_charset? string Default character set (MySQL)
---@field sqlite_strict? boolean STRICT table (SQLite)
---@field sqlite_without_rowid? boolean WITHOUT ROWID table (SQLite)
---@field sqlite_autoincrement? boolean Never use a rowid twice: AUTOINCREMENT (SQLite)
---@field postgresql_partition_by? string|curlew.Sql PARTITION BY ... (PostgreSQL)
---@field temporary? boolean The table is gone when the session ends

---Create a table with its columns, constraints and indexes.
---@param table string Name of the table
---@param columns curlew.TableDeclaration Columns and entries such as op.unique{...}; table options may stand among them
---@param opts? curlew.options.create_table
function op.create_table(table, columns, opts) end

---@class curlew.options.drop_table: curlew.CommonOptions
---@field if_exists? boolean Do nothing when there is no such table
---@field cascade? boolean Drop what depends on it too (PostgreSQL)

---Drop a table.
---@param table string Name of the table
---@param opts? curlew.options.drop_table
function op.drop_table(table, opts) end

---@class curlew.options.rename_table: curlew.CommonOptions

---Rename a table.
---@param table string Present name
---@param new string New name
---@param opts? curlew.options.rename_table
function op.rename_table(table, new, opts) end

---@class curlew.options.add_column: curlew.CommonOptions
---@field if_not_exists? boolean Do nothing when the table has the column
---@field after? string The column that it comes behind (MySQL, SQLite); the last one unless it is given
---@field first? boolean Comes before all others (MySQL, SQLite)

---Add a column to a table.
---@param table string Name of the table
---@param column curlew.ColumnDeclaration The column, as in create_table: { "name", types.text, nullable = false }
---@param opts? curlew.options.add_column
function op.add_column(table, column, opts) end

---@class curlew.options.drop_column: curlew.CommonOptions
---@field if_exists? boolean Do nothing when the table has no such column

---Drop a column.
---@param table string Name of the table
---@param column string Name of the column
---@param opts? curlew.options.drop_column
function op.drop_column(table, column, opts) end

---@class curlew.options.alter_column: curlew.CommonOptions
---@field new_column_name? string New name
---@field type? curlew.Type New type
---@field nullable? boolean Whether it may be NULL
---@field server_default? string|number|boolean|curlew.Sql|curlew.Null New default; op.null drops it
---@field comment? string|curlew.Null New comment; op.null drops it
---@field autoincrement? boolean Whether the server numbers the rows
---@field identity? curlew.Identity|true|curlew.Null Identity column; op.null drops it
---@field computed? curlew.Computed|curlew.Null Generated column; op.null makes it a plain one
---@field collation? string New collation
---@field using? string|curlew.Sql How old values become new ones (PostgreSQL, SQLite, with type)

---Change a column: its name, type, nullability, default, comment or numbering. What is not mentioned stays.
---@param table string Name of the table
---@param column string Name of the column
---@param opts? curlew.options.alter_column
function op.alter_column(table, column, opts) end

---@class curlew.options.create_index: curlew.CommonOptions
---@field concurrently? boolean Build without blocking writes, outside the transaction
---@field if_not_exists? boolean Do nothing when the index exists
---@field unique? boolean Values are unique
---@field where? string|curlew.Sql Rows it covers (PostgreSQL, SQLite)
---@field using? string Index method
---@field include? string|string[] Columns carried beside the key (PostgreSQL)
---@field mysql_length? integer|table<string, integer> Length of the prefix, or lengths by column (MySQL)
---@field ops? table<string, string> Operator classes by column (PostgreSQL)
---@field nulls_not_distinct? boolean NULLs count as equal in a unique index (PostgreSQL 15)

---Create an index.
---@param name? string|curlew.FinalName Name of the index; nil takes it from the naming convention
---@param table string Name of the table
---@param columns string|curlew.Sql|(string|curlew.Sql)[] Column names or op.sql expressions
---@param opts? curlew.options.create_index
function op.create_index(name, table, columns, opts) end

---@class curlew.options.drop_index: curlew.CommonOptions
---@field table? string The index's table; needed on MySQL and MariaDB
---@field concurrently? boolean Drop without blocking, outside the transaction
---@field if_exists? boolean Do nothing when there is no such index

---Drop an index.
---@param name string Name of the index
---@param opts? curlew.options.drop_index
function op.drop_index(name, opts) end

---@class curlew.options.rename_index: curlew.CommonOptions

---Rename an index.
---@param table string Name of the table
---@param old string Present name
---@param new string New name
---@param opts? curlew.options.rename_index
function op.rename_index(table, old, new, opts) end

---@class curlew.options.create_primary_key: curlew.CommonOptions
---@field if_not_exists? boolean Do nothing when the constraint exists
---@field deferrable? boolean May be checked at the end of the transaction
---@field initially? "deferred"|"immediate" "deferred" or "immediate"

---Give a table its primary key.
---@param name? string|curlew.FinalName Name of the constraint, or nil
---@param table string Name of the table
---@param columns string|string[] Columns of the key
---@param opts? curlew.options.create_primary_key
function op.create_primary_key(name, table, columns, opts) end

---@class curlew.options.create_unique_constraint: curlew.CommonOptions
---@field if_not_exists? boolean Do nothing when the constraint exists
---@field deferrable? boolean May be checked at the end of the transaction
---@field initially? "deferred"|"immediate" "deferred" or "immediate"
---@field include? string|string[] Columns carried in the index (PostgreSQL)
---@field nulls_not_distinct? boolean NULLs count as equal (PostgreSQL 15)

---Add a unique constraint.
---@param name? string|curlew.FinalName Name of the constraint, or nil
---@param table string Name of the table
---@param columns string|string[] Columns that are unique together
---@param opts? curlew.options.create_unique_constraint
function op.create_unique_constraint(name, table, columns, opts) end

---@class curlew.options.create_check_constraint: curlew.CommonOptions
---@field if_not_exists? boolean Do nothing when the constraint exists
---@field not_valid? boolean Leave existing rows unchecked until validate_constraint (PostgreSQL)
---@field deferrable? boolean May be checked at the end of the transaction
---@field initially? "deferred"|"immediate" "deferred" or "immediate"

---Add a CHECK.
---@param name? string|curlew.FinalName Name of the constraint, or nil
---@param table string Name of the table
---@param condition string|curlew.Sql SQL that must not be false for any row
---@param opts? curlew.options.create_check_constraint
function op.create_check_constraint(name, table, condition, opts) end

---@class curlew.options.create_exclude_constraint: curlew.CommonOptions
---@field if_not_exists? boolean Do nothing when the constraint exists
---@field using? string Index method, gist unless given
---@field where? string|curlew.Sql Rows it is about
---@field deferrable? boolean May be checked at the end of the transaction
---@field initially? "deferred"|"immediate" "deferred" or "immediate"

---Add an exclude constraint (PostgreSQL): no two rows for which all operators hold.
---@param name? string|curlew.FinalName Name of the constraint, or nil
---@param table string Name of the table
---@param exclusions { [1]: string|curlew.Sql, [2]: string }[] List of { column, operator }
---@param opts? curlew.options.create_exclude_constraint
function op.create_exclude_constraint(name, table, exclusions, opts) end

---@class curlew.options.create_foreign_key: curlew.CommonOptions
---@field if_not_exists? boolean Do nothing when the constraint exists
---@field ondelete? "cascade"|"restrict"|"set null"|"set default"|"no action" What happens here when the referenced row is deleted
---@field onupdate? "cascade"|"restrict"|"set null"|"set default"|"no action" What happens here when the referenced key changes
---@field deferrable? boolean May be checked at the end of the transaction
---@field initially? "deferred"|"immediate" "deferred" or "immediate"
---@field match? "simple"|"full"|"partial" "simple" or "full"
---@field not_valid? boolean Leave existing rows unchecked until validate_constraint (PostgreSQL)
---@field referent_schema? string Schema of the referenced table
---@field source_schema? string Schema of the referencing table

---Add a foreign key.
---@param name? string|curlew.FinalName Name of the constraint, or nil
---@param table string The table that references
---@param referent string The table that is referenced
---@param columns string|string[] Columns here
---@param referent_columns string|string[] Columns there
---@param opts? curlew.options.create_foreign_key
function op.create_foreign_key(name, table, referent, columns, referent_columns, opts) end

---@class curlew.options.drop_constraint: curlew.CommonOptions
---@field type? "foreignkey"|"unique"|"primary"|"check"|"exclude" "foreignkey", "unique", "primary", "check" or "exclude"
---@field columns? string|string[] Its columns
---@field if_exists? boolean Do nothing when there is no such constraint

---Drop a constraint by its name, or by its columns where it has none.
---@param name? string|curlew.FinalName Name of the constraint; nil finds it by type and columns
---@param table string Name of the table
---@param opts? curlew.options.drop_constraint
function op.drop_constraint(name, table, opts) end

---@class curlew.options.validate_constraint: curlew.CommonOptions

---Check the existing rows of a constraint that was made with not_valid (PostgreSQL).
---@param name string Name of the constraint
---@param table string Name of the table
---@param opts? curlew.options.validate_constraint
function op.validate_constraint(name, table, opts) end

---@class curlew.options.rename_constraint: curlew.CommonOptions

---Rename a constraint.
---@param table string Name of the table
---@param old string Present name
---@param new string New name
---@param opts? curlew.options.rename_constraint
function op.rename_constraint(table, old, new, opts) end

---@class curlew.options.create_table_comment: curlew.CommonOptions

---Set the comment of a table.
---@param table string Name of the table
---@param text string The comment
---@param opts? curlew.options.create_table_comment
function op.create_table_comment(table, text, opts) end

---@class curlew.options.drop_table_comment: curlew.CommonOptions

---Drop the comment of a table.
---@param table string Name of the table
---@param opts? curlew.options.drop_table_comment
function op.drop_table_comment(table, opts) end

---@class curlew.options.create_enum: curlew.CommonOptions
---@field if_not_exists? boolean Do nothing when the type exists

---Create an enum type. Where enums are no types the values are kept for the columns of this run.
---@param name string Name of the type
---@param values string[] Its values, in order
---@param opts? curlew.options.create_enum
function op.create_enum(name, values, opts) end

---@class curlew.options.drop_enum: curlew.CommonOptions
---@field if_exists? boolean Do nothing when there is no such type
---@field cascade? boolean Drop the columns that use it too (PostgreSQL)

---Drop an enum type.
---@param name string Name of the type
---@param opts? curlew.options.drop_enum
function op.drop_enum(name, opts) end

---@class curlew.options.add_enum_value: curlew.CommonOptions
---@field before? string Value it comes before
---@field after? string Value it comes after; else it is the last
---@field if_not_exists? boolean Do nothing when the enum has the value
---@field columns? { [1]: string, [2]: string }[] { {table, column}, ... } that use it, where enums are no types

---Add a value to an enum: to the type on PostgreSQL, to the columns that use it elsewhere.
---@param name string Name of the enum
---@param value string The new value
---@param opts? curlew.options.add_enum_value
function op.add_enum_value(name, value, opts) end

---@class curlew.options.alter_enum: curlew.CommonOptions
---@field rename? table<string, string> { old = "new" }: what becomes of rows with values that go
---@field columns? { [1]: string, [2]: string }[] { {table, column}, ... } that use it; found by itself on PostgreSQL

---Give an enum other values; rows and defaults follow.
---@param name string Name of the enum
---@param values string[] All values that it will have, in order
---@param opts? curlew.options.alter_enum
function op.alter_enum(name, values, opts) end

---@class curlew.options.create_schema: curlew.CommonOptions
---@field if_not_exists? boolean Do nothing when the schema exists

---Create a schema (a database on MySQL).
---@param name string Name of the schema
---@param opts? curlew.options.create_schema
function op.create_schema(name, opts) end

---@class curlew.options.drop_schema: curlew.CommonOptions
---@field if_exists? boolean Do nothing when there is no such schema
---@field cascade? boolean Drop what is in it too (PostgreSQL; MySQL always does)

---Drop a schema.
---@param name string Name of the schema
---@param opts? curlew.options.drop_schema
function op.drop_schema(name, opts) end

---@class curlew.options.create_sequence: curlew.CommonOptions
---@field start? integer First value
---@field increment? integer Step
---@field minvalue? integer Lowest value
---@field maxvalue? integer Highest value
---@field cache? integer Values a session takes at once
---@field cycle? boolean Begin again at the end
---@field if_not_exists? boolean Do nothing when the sequence exists

---Create a sequence (PostgreSQL, MariaDB).
---@param name string Name of the sequence
---@param opts? curlew.options.create_sequence
function op.create_sequence(name, opts) end

---@class curlew.options.drop_sequence: curlew.CommonOptions
---@field if_exists? boolean Do nothing when there is no such sequence
---@field cascade? boolean Drop what depends on it too (PostgreSQL)

---Drop a sequence.
---@param name string Name of the sequence
---@param opts? curlew.options.drop_sequence
function op.drop_sequence(name, opts) end

---@class curlew.options.create_view: curlew.CommonOptions
---@field columns? string|string[] Names of its columns
---@field materialized? boolean Keep the rows (PostgreSQL)
---@field temporary? boolean Gone when the session ends (PostgreSQL, SQLite)
---@field replace? boolean Take the place of a view of that name
---@field if_not_exists? boolean Do nothing when the view exists

---Create a view.
---@param name string Name of the view
---@param query string|curlew.Sql The SELECT
---@param opts? curlew.options.create_view
function op.create_view(name, query, opts) end

---@class curlew.options.replace_view: curlew.CommonOptions
---@field columns? string|string[] Names of its columns
---@field materialized? boolean Keep the rows (PostgreSQL): dropped and made anew

---Give a view another query, whether it is there or not, with the same columns or others.
---@param name string Name of the view
---@param query string|curlew.Sql The SELECT
---@param opts? curlew.options.replace_view
function op.replace_view(name, query, opts) end

---@class curlew.options.drop_view: curlew.CommonOptions
---@field materialized? boolean It is a materialized one (PostgreSQL)
---@field if_exists? boolean Do nothing when there is no such view
---@field cascade? boolean Drop what depends on it too (PostgreSQL)

---Drop a view.
---@param name string Name of the view
---@param opts? curlew.options.drop_view
function op.drop_view(name, opts) end

---@class curlew.options.create_extension: curlew.CommonOptions
---@field if_not_exists? boolean Do nothing when it is installed
---@field version? string Version to install
---@field cascade? boolean Install what it needs, too

---Create an extension (PostgreSQL).
---@param name string Name of the extension
---@param opts? curlew.options.create_extension
function op.create_extension(name, opts) end

---@class curlew.options.drop_extension: curlew.CommonOptions
---@field if_exists? boolean Do nothing when it is not installed
---@field cascade? boolean Drop what depends on it too

---Drop an extension (PostgreSQL).
---@param name string Name of the extension
---@param opts? curlew.options.drop_extension
function op.drop_extension(name, opts) end

---@class curlew.options.create_function: curlew.CommonOptions
---@field returns? string|curlew.Sql What it returns: "integer"
---@field language? string Language of the body; plpgsql on PostgreSQL unless given
---@field body? string|curlew.Sql The body; no quoting is needed
---@field volatility? "immutable"|"stable"|"volatile" "immutable", "stable" or "volatile"
---@field replace? boolean Take the place of a function of that signature
---@field if_not_exists? boolean Do nothing when there is one of that name

---Create a function.
---@param signature string|curlew.Sql Name and parameters: "add(a integer, b integer)"
---@param opts? curlew.options.create_function
function op.create_function(signature, opts) end

---@class curlew.options.drop_function: curlew.CommonOptions
---@field if_exists? boolean Do nothing when there is no such function
---@field cascade? boolean Drop what depends on it too (PostgreSQL)

---Drop a function.
---@param signature string|curlew.Sql As in create_function; MySQL needs the name only
---@param opts? curlew.options.drop_function
function op.drop_function(signature, opts) end

---@class curlew.options.create_trigger: curlew.CommonOptions
---@field when? string "before insert or update"
---@field for_each? "row"|"statement" "row" (the default) or "statement" (PostgreSQL)
---@field condition? string|curlew.Sql Rows it fires for (PostgreSQL, SQLite)
---@field execute? string|curlew.Sql "f()": the function to call (PostgreSQL)
---@field body? string|curlew.Sql "BEGIN ... END"
---@field replace? boolean Take the place of a trigger of that name
---@field if_not_exists? boolean Do nothing when there is one of that name

---Create a trigger.
---@param name string Name of the trigger
---@param table string Its table
---@param opts? curlew.options.create_trigger
function op.create_trigger(name, table, opts) end

---@class curlew.options.drop_trigger: curlew.CommonOptions
---@field if_exists? boolean Do nothing when there is no such trigger
---@field cascade? boolean Drop what depends on it too (PostgreSQL)

---Drop a trigger; on PostgreSQL also the function that create_trigger made of its body.
---@param name string Name of the trigger
---@param table string Its table
---@param opts? curlew.options.drop_trigger
function op.drop_trigger(name, table, opts) end

---@class curlew.options.batch_alter_table: curlew.CommonOptions

---Several changes of one table: one ALTER where the server can, one rebuild on SQLite.
---@param table string Name of the table
---@param options? table { schema = }
---@param fn fun(t: curlew.Batch) Called with t, which has every operation on that table
function op.batch_alter_table(table, options, fn) end

---@class curlew.options.execute: curlew.CommonOptions

---Execute SQL: one statement or several; with parameters exactly one.
---@param sql string|curlew.Sql SQL; without parameters nothing in it is parsed or escaped
---@param params? table { name = value } for :name, or a list for ?
---@param opts? curlew.options.execute
function op.execute(sql, params, opts) end

---@class curlew.options.bulk_insert: curlew.CommonOptions
---@field on_conflict? "ignore"|{ columns: string[]?, update: string[]|table<string, any>|nil } "ignore", or { columns = {...}, update = {...} }

---Insert a list of rows (maybe none); gives how many there were. The record is an insert's.
---@param table string Name of the table
---@param rows table<string, any>[] A list of rows; a column that a row leaves out gets its default
---@param opts? curlew.options.bulk_insert
---@return integer count
function op.bulk_insert(table, rows, opts) end

---@class curlew.options.copy_from: curlew.CommonOptions
---@field columns? string|string[] Columns in their order; else those of the first row, or of the file's first line
---@field header? boolean The file's first line names the columns (true)
---@field delimiter? string Between two fields (",")
---@field quote? string Around a field that holds one of these (")
---@field null? string What stands for NULL where it is not quoted (nothing)

---Load many rows by the database's fastest way, in the migration's transaction; gives how many there were.
---@param table string Name of the table
---@param rows table[]|string|fun(): table? A list of rows, a function that gives one row a call until nil, or the path of a CSV file, from the folder of curlew.lua
---@param opts? curlew.options.copy_from
---@return integer count
function op.copy_from(table, rows, opts) end

---@class curlew.options.insert: curlew.CommonOptions
---@field on_conflict? "ignore"|{ columns: string[]?, update: string[]|table<string, any>|nil } "ignore", or { columns = {...}, update = {...} }
---@field returning? string|string[] The key's columns, when the catalog is not to be asked

---Insert rows. One row gives its new key, several give how many there were.
---@param table string Name of the table
---@param rows table<string, any>|table<string, any>[] A row, or a list of rows; a column that a row leaves out gets its default
---@param opts? curlew.options.insert
---@return any key the new key of a single row, else the number of rows
function op.insert(table, rows, opts) end

---@class curlew.options.update: curlew.CommonOptions

---Update rows; gives how many there were.
---@param table string Name of the table
---@param values table<string, any> New values by column; op.sql for an expression
---@param where table<string, any>|curlew.Sql|curlew.All Equalities by column (a list means IN), op.sql, or op.all
---@param opts? curlew.options.update
---@return integer count
function op.update(table, values, where, opts) end

---@class curlew.options.delete: curlew.CommonOptions

---Delete rows; gives how many there were.
---@param table string Name of the table
---@param where table<string, any>|curlew.Sql|curlew.All Equalities by column (a list means IN), op.sql, or op.all
---@param opts? curlew.options.delete
---@return integer count
function op.delete(table, where, opts) end

---@class curlew.options.batch_update: curlew.CommonOptions
---@field set? table<string, any>|fun(row: table): table? SQL expressions by column, or a function of the row that gives the columns to write
---@field columns? string|string[] Columns that the function reads, the key aside
---@field where? string|curlew.Sql|curlew.All Which rows: SQL text
---@field params? table Values of the :names (or a list for the ?s) in where and set
---@field key? string|string[] The key to walk by; else the primary key, else a unique key of NOT NULL columns
---@field batch_size? integer Rows in the first batch (1000)
---@field min_batch_size? integer The fewest rows in a batch (10)
---@field max_batch_size? integer The most rows in a batch (100000)
---@field target? string|number|false How long a batch should take ("500ms"); false: its size stays
---@field pause? string|number Wait after each batch ("0s")
---@field duty? number Share of the time spent working (1.0)
---@field max_lag? string|number|false Wait while a replica is further behind ("5s"); false: look at none
---@field replicas? string|string[] URLs of the replicas; else those that the primary knows of
---@field workers? integer Connections side by side, each on ranges of its own (1)
---@field throttle? fun(stats: curlew.BackfillStats): number|false|nil Called with what was done; gives seconds to wait, or false to go on
---@field retries? integer How often a batch that met a deadlock or time-out is tried again (10)
---@field on_error? "fail"|"skip" "fail", or "skip" to pass over and record rows that can't be changed
---@field name? string What people call it

---Change rows in batches, each with its checkpoint in one transaction; gives { rows, batches, skipped, seconds }.
---@param table string Name of the table
---@param opts? curlew.options.batch_update
---@return curlew.BackfillResult
function op.batch_update(table, opts) end

---@class curlew.options.batch_delete: curlew.CommonOptions
---@field where? string|curlew.Sql|curlew.All Which rows: SQL text
---@field params? table Values of the :names (or a list for the ?s) in where and set
---@field key? string|string[] The key to walk by; else the primary key, else a unique key of NOT NULL columns
---@field batch_size? integer Rows in the first batch (1000)
---@field min_batch_size? integer The fewest rows in a batch (10)
---@field max_batch_size? integer The most rows in a batch (100000)
---@field target? string|number|false How long a batch should take ("500ms"); false: its size stays
---@field pause? string|number Wait after each batch ("0s")
---@field duty? number Share of the time spent working (1.0)
---@field max_lag? string|number|false Wait while a replica is further behind ("5s"); false: look at none
---@field replicas? string|string[] URLs of the replicas; else those that the primary knows of
---@field workers? integer Connections side by side, each on ranges of its own (1)
---@field throttle? fun(stats: curlew.BackfillStats): number|false|nil Called with what was done; gives seconds to wait, or false to go on
---@field retries? integer How often a batch that met a deadlock or time-out is tried again (10)
---@field on_error? "fail"|"skip" "fail", or "skip" to pass over and record rows that can't be changed
---@field name? string What people call it

---Delete rows in batches, each with its checkpoint in one transaction; gives { rows, batches, skipped, seconds }.
---@param table string Name of the table
---@param opts? curlew.options.batch_delete
---@return curlew.BackfillResult
function op.batch_delete(table, opts) end

---@class curlew.options.batch_each: curlew.CommonOptions
---@field columns? string|string[] Columns that the function reads, the key aside
---@field where? string|curlew.Sql|curlew.All Which rows: SQL text
---@field params? table Values of the :names (or a list for the ?s) in where and set
---@field key? string|string[] The key to walk by; else the primary key, else a unique key of NOT NULL columns
---@field batch_size? integer Rows in the first batch (1000)
---@field min_batch_size? integer The fewest rows in a batch (10)
---@field max_batch_size? integer The most rows in a batch (100000)
---@field target? string|number|false How long a batch should take ("500ms"); false: its size stays
---@field pause? string|number Wait after each batch ("0s")
---@field duty? number Share of the time spent working (1.0)
---@field max_lag? string|number|false Wait while a replica is further behind ("5s"); false: look at none
---@field replicas? string|string[] URLs of the replicas; else those that the primary knows of
---@field workers? integer Connections side by side, each on ranges of its own (1)
---@field throttle? fun(stats: curlew.BackfillStats): number|false|nil Called with what was done; gives seconds to wait, or false to go on
---@field retries? integer How often a batch that met a deadlock or time-out is tried again (10)
---@field on_error? "fail"|"skip" "fail", or "skip" to pass over and record rows that can't be changed
---@field name? string What people call it

---Call a function with rows batch by batch, in the transaction that keeps the batch's checkpoint too.
---@param table string Name of the table
---@param options curlew.options.batch_each Which rows and columns, and how fast
---@param fn fun(rows: table[], conn: curlew.Conn) Called with a list of rows and the connection
---@return curlew.BackfillResult
function op.batch_each(table, options, fn) end

---Operations on one table: their arguments without the table.
---@class curlew.Batch
---@field add_column fun(...)
---@field alter_column fun(...)
---@field create_check_constraint fun(...)
---@field create_exclude_constraint fun(...)
---@field create_foreign_key fun(...)
---@field create_index fun(...)
---@field create_primary_key fun(...)
---@field create_table_comment fun(...)
---@field create_unique_constraint fun(...)
---@field drop_column fun(...)
---@field drop_constraint fun(...)
---@field drop_index fun(...)
---@field drop_table_comment fun(...)
---@field rename_constraint fun(...)
---@field rename_index fun(...)
---@field validate_constraint fun(...)
---@field execute fun(sql: string, params?: table)

return op
