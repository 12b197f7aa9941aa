import Columnar

/// Labels that come as a table: `request_id`, `value` (or the label's own name), and if need be `weight`.
struct LabelTable {
    let labels: [Label]

    /// - Throws: `DataError` naming row and column; `LogError.badRequestID`.
    init(_ table: Table, of label: ServiceLabel, origin: String) throws {
        let names = ["request_id", "value", "weight", label.name]
        for field in table.fields where !names.contains(field.name) {
            throw DataError(
                "'\(field.name)' is no column of labels\(Spelling.suggestion(for: field.name, in: names)); they are "
                    + "request_id, value and weight", file: origin)
        }
        let ids = try Self.column(["request_id"], .string, of: table, origin)
        let values = try Self.column(["value", label.name], label.type.dataType, of: table, origin)
        let weights = table.index(of: "weight") == nil ? nil : try Self.column(["weight"], .float64, of: table, origin)
        labels = try (0..<table.rowCount).map { row in
            guard case .string(let id) = ids.value(at: row), !values.isNull(row) else {
                let column = ids.isNull(row) ? "request_id" : "value"
                throw DataError(
                    "is null; a label has a request id and a value", file: origin, row: row + 1, column: column)
            }
            var result = Label(requestID: id, value: values.value(at: row))
            if case .float64(let weight)? = weights?.value(at: row) { result.weight = weight }
            do {
                try result.check(label)
            } catch {
                throw DataError("\(error)", file: origin, row: row + 1)
            }
            return result
        }
    }

    private static func column(_ names: [String], _ type: DataType, of table: Table, _ origin: String) throws -> Column
    {
        guard let name = names.first(where: { table.index(of: $0) != nil }), let column = table.column(name) else {
            throw DataError(
                "has no column '\(names[0])'; labels have request_id, value and, if need be, weight", file: origin)
        }
        guard let converted = column.converted(to: type) else {
            throw DataError("is \(column.type), and must be \(type)", file: origin, column: name)
        }
        if let row = converted.unfitRows.first {
            throw DataError(
                "'\(column.value(at: row).description.shortened)' does not fit type \(type)", file: origin,
                row: row + 1,
                column: name)
        }
        return converted.column
    }
}

extension Label {
    /// - Throws: `LogError.badRequestID`; `StoreError.badRequest` for a value that is not of the label's type, or no weight.
    func check(_ label: ServiceLabel) throws {
        try RequestIDs.check(requestID)
        var builder = ColumnBuilder(label.type.dataType)
        guard value != .null, builder.append(value) else {
            throw StoreError.badRequest("'\(value.description.shortened)' is no label of type \(label.type)")
        }
        guard weight.isFinite, weight >= 0 else {
            throw StoreError.badRequest("a weight is 0 or more, and not \(weight)")
        }
    }
}
