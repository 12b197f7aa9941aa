/// A column's name, type and whether it may hold nulls.
public struct Field: Hashable, Sendable {
    public var name: String
    public var type: DataType
    public var isNullable: Bool

    public init(_ name: String, _ type: DataType, isNullable: Bool = true) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
    }
}

/// Columns of equal length under names.
public struct Table: Sendable {
    public let fields: [Field]
    public let columns: [Column]
    public let rowCount: Int

    /// - Precondition: every column has `rowCount` rows and its field's type.
    public init(fields: [Field], columns: [Column], rowCount: Int? = nil) {
        precondition(fields.count == columns.count)
        self.fields = fields
        self.columns = columns
        self.rowCount = rowCount ?? columns.first?.count ?? 0
        for (field, column) in zip(fields, columns) {
            precondition(column.count == self.rowCount && column.type == field.type)
        }
    }

    /// The position of the first column named `name`. Complexity: O(columns).
    public func index(of name: String) -> Int? { fields.firstIndex { $0.name == name } }

    public func column(_ name: String) -> Column? { index(of: name).map { columns[$0] } }

    /// The rows `range`, without a copy.
    public func slice(_ range: Range<Int>) -> Table {
        Table(fields: fields, columns: columns.map { $0.slice(range) }, rowCount: range.count)
    }
}
