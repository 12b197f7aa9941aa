import Columnar
import FeatureServer
import FeatureStore

/// The rows of a stream that were read and are not pushed yet, with their lines and their places in the stream.
struct StreamRows {
    /// Where a stream's positions come from.
    enum Positions: Hashable {
        case members(position: String, partition: String?)
        /// The number of each line, of an input that is always sent from its start.
        case lineNumbers
    }

    /// What is pushed at once.
    struct Batch {
        var table: Table
        /// The line of each row.
        var lines: [Int]
        var places: StreamPlaces?

        /// Leaves the rows before `row`, and nothing that lies behind them.
        mutating func cut(before row: Int) {
            table = table.slice(0..<row)
            lines.removeLast(lines.count - row)
            places?.cut(to: row)
        }

        mutating func remove(row: Int) {
            let kept = (0..<Int32(table.rowCount)).filter { $0 != row }
            table = kept.withUnsafeBufferPointer { kept in
                Table(fields: table.fields, columns: table.columns.map { $0.taking(kept) }, rowCount: kept.count)
            }
            lines.remove(at: row)
            places?.remove(row: row)
        }
    }

    private enum Rows {
        case json(JSONLines)
        case csv(CSVLines)
    }

    let format: StreamFormat
    private let stream: String?
    private let positions: Positions?
    /// Whether lines that do not fit are set aside; the stream moves past them then.
    private let setsAside: Bool
    private var rows: Rows
    private var lines: [Int] = []
    private var places: StreamPlaces?
    /// Up to where each partition was taken, by this process or one before.
    private var reached: [String: Int64]
    /// Rows left out because they had been taken.
    private(set) var rowsRepeated = 0

    /// - Parameters:
    ///   - line: the first line of the input: for CSV its header.
    ///   - reached: how far the stream has come already.
    init(
        _ format: StreamFormat, first line: UnsafeRawBufferPointer, columns: [PushColumn], stream: String?,
        positions: Positions?, reached: [String: Int64], setsAside: Bool
    ) throws {
        self.setsAside = setsAside
        self.format = format
        self.stream = stream
        self.positions = positions
        self.reached = reached
        places = try stream.map { try StreamPlaces(stream: $0) }
        var members: JSONLines.PlaceMembers?
        var placeColumns: StreamColumns?
        if let stream, case .members(let position, let partition) = positions {
            members = .init(position: position, partition: partition)
            placeColumns = StreamColumns(stream, position: position, partition: partition)
        } else if stream != nil, format != .kafka, positions == nil {
            throw StoreError.badRequest(
                "where does a row of the stream stand? --position-field names the member that holds its position, such as "
                    + "the offset of a topic's message; or --count-lines, if the input is always sent from its first line"
            )
        }
        switch format {
        case .jsonLines: rows = .json(JSONLines(for: columns, places: members))
        case .kafka: rows = .json(JSONLines(for: columns))
        case .csv: rows = .csv(try CSVLines(header: line, columns: columns, places: placeColumns))
        }
    }

    /// Rows that wait for a push.
    var count: Int {
        switch rows {
        case .json(let rows): rows.count
        case .csv(let rows): rows.count
        }
    }

    /// Whether there is anything to push: rows, or positions without one.
    var isEmpty: Bool { count == 0 && (places?.passed.isEmpty ?? true) }

    /// Whether the last line's record goes on.
    var isWithinRecord: Bool {
        if case .csv(let rows) = rows { rows.isWithinRecord } else { false }
    }

    /// Takes a line.
    ///
    /// - Throws: `DataError` for a line that holds no row.
    mutating func append(_ line: UnsafeRawBufferPointer, number: Int) throws {
        switch rows {
        case .csv(var csv):
            try csv.append(line, number: number)
            rows = .csv(csv)
        case .json(var json):
            // In place, as a copy would be of all rows.
            rows = .json(JSONLines(for: []))
            defer { rows = .json(json) }
            if format == .kafka {
                try append(try KafkaMessage(line), to: &json, number)
                return
            }
            let own = positions == .lineNumbers ? JSONLines.Place(position: Int64(number)) : nil
            if let own, hasTaken(own) { return }
            let found: JSONLines.Place?
            do {
                found = try json.append(line)
            } catch {
                if let place = own ?? json.place(of: line) {
                    if own == nil, hasTaken(place) { return }
                    if setsAside { pass(place) }
                }
                throw error
            }
            guard let place = own ?? found else {
                lines.append(number)
                return
            }
            if own == nil, hasTaken(place) {
                json.removeLast()
                return
            }
            try take(place, number)
        }
    }

    private mutating func append(_ message: KafkaMessage, to json: inout JSONLines, _ number: Int) throws {
        let place = message.place
        if stream != nil, hasTaken(place) { return }
        guard let payload = message.payload else {
            pass(place)
            return
        }
        do throws(DataError) {
            let appended = payload.withUnsafeBytes { bytes in
                Result { () throws(DataError) in try json.append(bytes) }
            }
            _ = try appended.get()
        } catch {
            if setsAside { pass(place) }
            throw DataError("the payload of \(place.partition) at offset \(place.position): \(error.message)")
        }
        if stream == nil { lines.append(number) } else { try take(place, number) }
    }

    private mutating func hasTaken(_ place: JSONLines.Place) -> Bool {
        guard let last = reached[place.partition], place.position <= last else { return false }
        rowsRepeated += 1
        return true
    }

    private mutating func take(_ place: JSONLines.Place, _ number: Int) throws {
        reached[place.partition] = place.position
        try places?.append(position: place.position, partition: place.partition)
        lines.append(number)
    }

    private mutating func pass(_ place: JSONLines.Place) {
        guard places != nil else { return }
        reached[place.partition] = place.position
        places?.pass(position: place.position, partition: place.partition)
    }

    /// Hands over what was collected.
    ///
    /// - Parameter refuse: called for a record of CSV that does not fit, with its text; returns whether rows behind it are
    ///   wanted too.
    mutating func takeBatch(
        origin: String, refuse: (_ error: DataError, _ record: String) throws(DataError) -> Bool
    ) throws -> Batch {
        let fresh = try stream.map { try StreamPlaces(stream: $0) }
        switch rows {
        case .json(var json):
            rows = .json(JSONLines(for: []))
            let batch = Batch(table: json.table(), lines: lines, places: places)
            rows = .json(json)
            lines = []
            places = fresh
            return batch
        case .csv(var csv):
            defer { rows = .csv(csv) }
            var end = Int.max
            let (table, lines) = try csv.table { (error, record) throws(DataError) in
                if end == .max, try !refuse(error, record) { end = error.row ?? 0 }
            }
            var batch = Batch(table: table, lines: lines)
            batch.cut(before: lines.firstIndex { $0 >= end } ?? lines.count)
            switch positions {
            case .members(let position, let partition):
                if let stream {
                    batch.places = try StreamColumns(stream, position: position, partition: partition)
                        .places(in: batch.table, origin: origin)
                }
            case .lineNumbers:
                batch.places = fresh
                for line in batch.lines { try batch.places?.append(position: Int64(line), partition: "") }
            case nil: break
            }
            return batch
        }
    }
}
