import Columnar
import FeatureStore

/// Rows from JSON lines, an object a line, collected into the columns that a view takes pushes in.
///
/// A member that is missing is null, the last of those that are named alike counts, and members of other names are passed
/// over.
package struct JSONLines {
    /// Members that tell where a line stands in a stream.
    package struct PlaceMembers: Sendable {
        package var position: String
        package var partition: String?

        package init(position: String, partition: String? = nil) {
            self.position = position
            self.partition = partition
        }
    }

    /// Where a line stands in a stream.
    package struct Place: Hashable, Sendable {
        package var position: Int64
        /// Empty where there are none.
        package var partition: String

        package init(position: Int64, partition: String = "") {
            self.position = position
            self.partition = partition
        }
    }

    private let columns: [PushColumn]
    private let placeMembers: PlaceMembers?
    private var builders: [ColumnBuilder]
    /// Rows collected since the last table.
    package private(set) var count = 0
    /// Lines of the input so far, for errors.
    private var lines = 0

    package init(for columns: [PushColumn], places: PlaceMembers? = nil) {
        self.columns = columns
        placeMembers = places
        builders = columns.map { ColumnBuilder($0.type.dataType) }
    }

    /// Takes one line as a row.
    ///
    /// - Returns: the line's place, if places are asked for.
    /// - Throws: `DataError` naming the place in the line; the rows that were collected before stay.
    @discardableResult
    package mutating func append(_ line: UnsafeRawBufferPointer) throws(DataError) -> Place? {
        do throws(JSONError) {
            let place = try read(line)
            for column in columns.indices where builders[column].count == count { builders[column].appendNull() }
            count += 1
            return place
        } catch {
            for column in columns.indices { builders[column].truncate(to: count) }
            throw DataError("\(error.message) at byte \(error.offset + 1) of the line")
        }
    }

    /// Takes the next line of an input, and passes over a blank one.
    ///
    /// - Throws: `DataError` naming the line; the rows that were collected before stay.
    package mutating func append(_ line: UnsafeRawBufferPointer, origin: String) throws(DataError) {
        lines += 1
        guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }) else { return }
        do throws(DataError) {
            try append(line)
        } catch {
            throw DataError(error.message, file: origin, row: lines)
        }
    }

    private mutating func read(_ line: UnsafeRawBufferPointer) throws(JSONError) -> Place? {
        var position: Int64?
        var partition: String?
        var cursor = JSONCursor(line)
        // Most lines have their members in the order of the line before, and that mostly the columns' order.
        var next = 0
        try cursor.object { (key, cursor) throws(JSONError) in
            if let placeMembers, key == placeMembers.position {
                var copy = cursor
                position = try copy.wholeNumber(named: placeMembers.position)
            }
            if let placeMembers, let member = placeMembers.partition, key == member {
                var copy = cursor
                partition = try copy.plainText(named: member)
            }
            if next >= columns.count || !(key == columns[next].name) {
                guard let found = columns.firstIndex(where: { key == $0.name }) else {
                    try cursor.skipValue()
                    return
                }
                next = found
            }
            let place = next
            next += 1
            if builders[place].count > count { builders[place].truncate(to: count) }
            do throws(JSONError) {
                try cursor.append(to: &builders[place], as: columns[place].type)
            } catch {
                throw JSONError(
                    message: "\(columns[place].name) (\(columns[place].type)): \(error.message)", offset: error.offset)
            }
        }
        try cursor.expectEnd()
        return try placeMembers.map { (members) throws(JSONError) in
            try members.place(position, partition, at: cursor)
        }
    }

    /// The place of a line whose row does not fit, if it can be told.
    package func place(of line: UnsafeRawBufferPointer) -> Place? {
        guard let members = placeMembers else { return nil }
        var (position, partition): (Int64?, String?)
        var cursor = JSONCursor(line)
        do throws(JSONError) {
            try cursor.object { (key, cursor) throws(JSONError) in
                if key == members.position {
                    var copy = cursor
                    position = try copy.wholeNumber(named: members.position)
                }
                if let member = members.partition, key == member {
                    var copy = cursor
                    partition = try copy.plainText(named: member)
                }
                try cursor.skipValue()
            }
            return try members.place(position, partition, at: cursor)
        } catch {
            return nil
        }
    }

    /// Takes the last row away.
    package mutating func removeLast() {
        count -= 1
        for column in columns.indices { builders[column].truncate(to: count) }
    }

    /// The rows collected since the last call, under the names of the view's source.
    package mutating func table() -> Table {
        defer { count = 0 }
        return Table(
            fields: columns.map { Field($0.name, $0.type.dataType) },
            columns: builders.indices.map { builders[$0].finish() }, rowCount: count)
    }
}

extension JSONLines.PlaceMembers {
    fileprivate func place(
        _ position: Int64?, _ partition: String?, at cursor: JSONCursor
    ) throws(JSONError) -> JSONLines.Place {
        guard let position else {
            throw cursor.error("the position is missing: a member '\(self.position)' with a whole number")
        }
        if let member = self.partition, partition == nil {
            throw cursor.error("the partition is missing: a member '\(member)'")
        }
        return JSONLines.Place(position: position, partition: partition ?? "")
    }
}

extension JSONCursor {
    /// A whole number, bare or in quotes.
    mutating func wholeNumber(named name: String) throws(JSONError) -> Int64 {
        do throws(JSONError) {
            return try wholeNumber(try peek())
        } catch {
            throw JSONError(message: "\(name) (a position): \(error.message)", offset: error.offset)
        }
    }

    /// A string, or a number as it is written.
    fileprivate mutating func plainText(named name: String) throws(JSONError) -> String {
        if try peek() == UInt8(ascii: "\"") { return try string().string }
        let start = offset
        guard let number = try number().int64 else {
            throw error("\(name) (a partition): a string or a whole number is expected", at: start)
        }
        return String(number)
    }
}
