import Columnar
import Foundation

/// The rows to find features for: keys, times, and whatever else the caller wants beside the features.
public struct EntityRows: Sendable {
    /// All columns as they were given.
    public let table: Table
    /// How messages name the rows' origin.
    public let origin: String
    /// The name of the column of times; nil if all views asked for are timeless and there is none.
    let timestampColumn: String?
    /// Microseconds UTC, one a row.
    let times: Column?

    /// Takes `table` as entity rows.
    ///
    /// - Parameter timestamp: the column of times; by default `event_timestamp`, else the only column of timestamps.
    /// - Throws: `DataError` naming the row if a time is null or unreadable, or if the column cannot be told.
    public init(_ table: Table, timestamp: String? = nil, origin: String, needsTimes: Bool = true) throws(DataError) {
        self.table = table
        self.origin = origin
        guard let name = try Self.timestampColumn(of: table, asked: timestamp, origin: origin, isNeeded: needsTimes),
            let column = table.column(name)
        else {
            (timestampColumn, times) = (nil, nil)
            return
        }
        guard let converted = column.converted(to: .instant) else {
            throw DataError("a column of type \(column.type) holds no times", file: origin, column: name)
        }
        if let row = converted.unfitRows.first {
            throw DataError(
                "'\(column.value(at: row))' is not a time; write it as 2013-01-31T10:00:00Z", file: origin,
                row: row + 1,
                column: name)
        }
        if let row = (0..<column.count).first(where: column.isNull) {
            throw DataError("the time is null; every entity row needs one", file: origin, row: row + 1, column: name)
        }
        (timestampColumn, times) = (name, converted.column)
    }

    private static func timestampColumn(
        of table: Table, asked: String?, origin: String, isNeeded: Bool
    ) throws(DataError) -> String? {
        if let asked {
            if table.index(of: asked) != nil { return asked }
            let suggestion = Spelling.nearest(to: asked, in: table.fields.map(\.name)).map {
                " (did you mean '\($0)'?)"
            }
            throw DataError("there is no column '\(asked)'\(suggestion ?? "")", file: origin)
        }
        if table.index(of: ViewLayout.eventColumn) != nil { return ViewLayout.eventColumn }
        let candidates = table.fields.filter {
            if case .timestamp = $0.type { return true }
            return $0.type == .date32
        }
        if candidates.count == 1 { return candidates[0].name }
        guard isNeeded else { return nil }
        throw DataError(
            candidates.isEmpty
                ? "there is no column of times; add one, or name it with --timestamp"
                : "which of \(candidates.map(\.name).joined(separator: ", ")) is the rows' time? Say so with --timestamp",
            file: origin)
    }

    /// The rows at `places`, in that order, and no others.
    func taking(_ places: [Int32]) -> EntityRows {
        EntityRows(
            table: table.taking(places[...]), origin: origin, timestampColumn: timestampColumn,
            times: times.map { times in places.withUnsafeBufferPointer { times.taking($0) } })
    }

    private init(table: Table, origin: String, timestampColumn: String?, times: Column?) {
        self.table = table
        self.origin = origin
        self.timestampColumn = timestampColumn
        self.times = times
    }

    /// The rows sorted by the keys `joinKeys`, and time.
    ///
    /// - Throws: `DataError` if a key column is missing or a value does not fit the key's type.
    func order(by joinKeys: [JoinKey], of view: String) throws(DataError) -> EntityOrder {
        try EntityOrder(keys: try keys(joinKeys, of: view), types: joinKeys.map(\.type), times: times)
    }

    /// The values of a request field, in its type.
    ///
    /// - Parameter views: the views that ask for it, for messages.
    /// - Throws: `DataError` if there is no such column, or a value does not fit the field's type.
    func column(of field: RequestField, views: String) throws(DataError) -> Column {
        guard let column = table.column(field.name) else {
            throw DataError(
                "there is no column '\(field.name)' (\(field.type)), a request field of \(views)"
                    + Spelling.suggestion(for: field.name, in: table.fields.map(\.name)), file: origin)
        }
        return try field.typed(column, origin: origin)
    }

    /// The join keys of all rows, in their types.
    ///
    /// - Throws: `DataError` if a key column is missing or a value does not fit the key's type.
    func keys(_ joinKeys: [JoinKey], of view: String) throws(DataError) -> [Column] {
        var columns: [Column] = []
        for key in joinKeys {
            guard let column = table.column(key.name) else {
                let suggestion = Spelling.nearest(to: key.name, in: table.fields.map(\.name))
                    .map { " (did you mean '\($0)'?)" }
                throw DataError(
                    "there is no column '\(key.name)', a join key of \(view)\(suggestion ?? "")", file: origin)
            }
            columns.append(try key.typed(column, origin: origin))
        }
        return columns
    }
}

extension JoinKey {
    /// `column` in the key's type.
    ///
    /// - Throws: `DataError` if the column, or a value in it, does not fit the type.
    func typed(_ column: Column, origin: String) throws(DataError) -> Column {
        guard let converted = column.converted(to: type.dataType) else {
            throw DataError(
                "values of type \(column.type) cannot be the join key, which is \(type)", file: origin, column: name)
        }
        if let row = converted.unfitRows.first {
            throw DataError(
                "\(column.value(at: row)) does not fit the join key's type \(type)", file: origin, row: row + 1,
                column: name)
        }
        return converted.column
    }
}

extension RequestField {
    /// `column` in the field's type.
    ///
    /// - Throws: `DataError` if the column, or a value in it, does not fit the type.
    func typed(_ column: Column, origin: String) throws(DataError) -> Column {
        guard let converted = column.converted(to: type.dataType) else {
            throw DataError(
                "values of type \(column.type) cannot be the request field, which is \(type)", file: origin,
                column: name)
        }
        if let row = converted.unfitRows.first {
            throw DataError(
                "\(column.value(at: row)) does not fit the request field's type \(type)", file: origin, row: row + 1,
                column: name)
        }
        return converted.column
    }
}
