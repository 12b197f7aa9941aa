import Columnar

/// An SQL engine that reads the store's Parquet files by itself, and how it spells what a training set needs.
///
/// Times become whole microseconds UTC before they are compared: days of an engine's own calendar follow the session's
/// time zone, and with it daylight saving.
public enum SQLDialect: String, CaseIterable, Hashable, Sendable {
    case duckdb
    case spark

    /// The engine's name, for messages.
    var engine: String {
        switch self {
        case .duckdb: "DuckDB"
        case .spark: "Spark"
        }
    }

    /// `name` quoted, so that it is a name whatever it holds.
    func identifier(_ name: String) -> String {
        switch self {
        case .duckdb: "\"" + Self.writing("\"", as: "\"\"", in: name) + "\""
        case .spark: "`" + Self.writing("`", as: "``", in: name) + "`"
        }
    }

    /// A Parquet file as a table; `position` tells its rows' places in it.
    func parquet(_ path: String) -> String {
        switch self {
        case .duckdb:
            // Folders named a=b would become columns, and * ? [ patterns.
            let exact = Self.rewriting(path) { "*?[".unicodeScalars.contains($0) ? "[\($0)]" : nil }
            return "read_parquet('" + Self.writing("'", as: "''", in: exact)
                + "', file_row_number = true, hive_partitioning = false)"
        case .spark:
            return "parquet."
                + identifier(Self.rewriting(path) { "*?[]{}\\".unicodeScalars.contains($0) ? "\\\($0)" : nil })
        }
    }

    private static func writing(_ scalar: Unicode.Scalar, as replacement: String, in text: String) -> String {
        rewriting(text) { $0 == scalar ? replacement : nil }
    }

    /// `text` with some of its scalars written otherwise. Not of its characters: a quote and an accent on it are one.
    private static func rewriting(_ text: String, _ replacement: (Unicode.Scalar) -> String?) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if let replacement = replacement(scalar) {
                result.append(contentsOf: replacement.unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    /// A row's place in a Parquet file, from 0.
    var position: String {
        switch self {
        case .duckdb: "file_row_number"
        case .spark: "_metadata.row_index"
        }
    }

    /// The name of a column that no file may have, since `position` is found by it.
    var reservedColumn: String {
        switch self {
        case .duckdb: "file_row_number"
        case .spark: "_metadata"
        }
    }

    /// A number that grows with the rows of a table in the engine's own order.
    var rowNumber: String {
        switch self {
        case .duckdb: "row_number() OVER ()"
        case .spark: "monotonically_increasing_id()"
        }
    }

    /// All columns of `table`'s row as one structure.
    func wholeRow(of table: String) -> String {
        switch self {
        case .duckdb: table
        case .spark: "struct(\(table).*)"
        }
    }

    /// A structure, which compares by its fields from left to right.
    func structure(_ fields: [(name: String, value: String)]) -> String {
        switch self {
        case .duckdb: "{" + fields.map { "'\($0.name)': \($0.value)" }.joined(separator: ", ") + "}"
        case .spark: "struct(" + fields.map { "\($0.value) AS \($0.name)" }.joined(separator: ", ") + ")"
        }
    }

    /// Makes a common table expression be computed once.
    var materialized: String {
        switch self {
        case .duckdb: "MATERIALIZED "
        case .spark: ""
        }
    }
}

// MARK: - Types

extension SQLDialect {
    func name(of type: FeatureType) -> String {
        switch (type, self) {
        case (.bool, _): "BOOLEAN"
        case (.int32, _): "INTEGER"
        case (.int64, _): "BIGINT"
        case (.float32, _): "FLOAT"
        case (.float64, _): "DOUBLE"
        case (.string, .duckdb): "VARCHAR"
        case (.string, .spark): "STRING"
        case (.bytes, .duckdb): "BLOB"
        case (.bytes, .spark): "BINARY"
        case (.timestamp, .duckdb): "TIMESTAMP WITH TIME ZONE"
        case (.timestamp, .spark): "TIMESTAMP"
        case (.vector, .duckdb): "FLOAT[]"
        case (.vector, .spark): "ARRAY<FLOAT>"
        }
    }

    /// A null of `type`.
    func null(_ type: FeatureType) -> String { "CAST(NULL AS \(name(of: type)))" }

    /// `expression`, of type `type`, as a key of type `target`; its floats are whole numbers or NaN, which means null.
    ///
    /// - Parameter type: nil if it is not known.
    func key(_ expression: String, _ type: DataType?, as target: FeatureType) -> String {
        let cast = "CAST(\(expression) AS \(name(of: target)))"
        guard let type else { return cast }
        switch (type, target) {
        case (target.dataType, _): return expression
        case (.string, .bytes): return "encode(\(expression)\(characterSet))"
        case (.binary, .string): return "decode(\(expression)\(characterSet))"
        case (.float16, _), (.float32, _), (.float64, _):
            return "CAST(CASE WHEN isnan(\(expression)) THEN NULL ELSE \(expression) END AS \(name(of: target)))"
        default: return cast
        }
    }

    private var characterSet: String {
        switch self {
        case .duckdb: ""
        case .spark: ", 'UTF-8'"
        }
    }

    /// The time `expression`, of type `type`, in whole microseconds UTC; without a zone it counts as UTC.
    func microseconds(_ expression: String, _ type: DataType) -> String {
        switch (self, type) {
        case (.duckdb, _): "epoch_us(\(expression))"
        case (.spark, .date32): "unix_date(\(expression)) * 86400000000"
        // Spark would take a time without a zone for one of the session's zone.
        case (.spark, .timestamp(_, zone: nil)): "unix_micros(to_timestamp(concat(CAST(\(expression) AS STRING), 'Z')))"
        case (.spark, _): "unix_micros(\(expression))"
        }
    }
}
