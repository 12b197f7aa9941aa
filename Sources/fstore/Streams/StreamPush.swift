import Columnar
import FeatureServer
import FeatureStore
import Foundation

/// Pushes the rows of a file or pipe as they come, for as long as it lasts.
///
/// One thread reads, and pushes what it has read before it reads on: a slow disk slows the writer of the pipe, and memory
/// holds one batch. What was pushed is durable, and the stream's position with it.
final class StreamPush {
    struct Options {
        let view: String
        /// How messages name the input.
        let origin: String
        /// Nil if the first line tells.
        var format: StreamFormat?
        var stream: String?
        var positions: StreamRows.Positions?
        /// Names batches of 1,000 lines each, where there is no stream.
        var batchID: String?
        /// Whether lines that do not fit are set aside, and do not end the push.
        var setsAside = false
        var batchRows = 10_000
        /// How long a row waits for others.
        var batchTime = Duration.milliseconds(100)
        /// How often the state is told; nil for never.
        var reportEvery: Duration?

        static let rowsOfNamedBatch = 1000
        /// Bytes of lines of a batch, about.
        static let batchBytes = 8 << 20
    }

    private let options: Options
    private let store: FeatureStore
    private let terminal: Terminal
    private let columns: [PushColumn]
    private let rejections: RowRejections
    private var rows: StreamRows?
    private var total: StreamTotal
    private var lineNumber = 0
    private var batchBytes = 0
    private var batchStart: ContinuousClock.Instant?
    private let started = ContinuousClock.now
    private var lastReport = ContinuousClock.now
    private let progress: ProgressBar

    /// - Throws: `StoreError.unknown` for a view that there is not.
    init(_ options: Options, of store: FeatureStore, _ terminal: Terminal) throws {
        self.options = options
        self.store = store
        self.terminal = terminal
        columns = try store.pushColumns(of: options.view)
        total = StreamTotal(view: options.view, stream: options.stream)
        rejections = RowRejections(
            policy: .quarantine, path: store.project.quarantinePath(view: options.view, time: .now))
        progress = ProgressBar(options.view, on: terminal)
    }

    /// Pushes until the input ends, or the process is told to stop.
    ///
    /// - Throws: what is wrong with the input or kept rows from being stored. What was read before is stored then, if it
    ///   can be.
    func run(descriptor: Int32) throws -> StreamTotal {
        defer { progress.finish() }
        do {
            let pause = min(max(options.batchTime / .milliseconds(1), 1), 100)
            let input = LineInput(descriptor: descriptor, pauseMilliseconds: Int32(pause))
            try input.read(until: isToldToStop) { event in
                switch event {
                case .line(let line): try take(line)
                case .pause: if isDue { try flush() }
                }
                try report()
            }
            try flush(isLast: true)
        } catch {
            // What came before the mistake is good, and its sender may not send it again. Batches of ids must be full.
            if options.batchID == nil { try? flush(isLast: true) }
            terminal.say(finished.line + " before the error")
            throw error
        }
        return finished
    }

    private func isToldToStop() -> Bool {
        do {
            try Cancellation.check()
            return false
        } catch {
            total.isStopped = true
            return true
        }
    }

    // MARK: - Lines

    private func take(_ line: UnsafeRawBufferPointer) throws {
        lineNumber += 1
        if rows?.isWithinRecord != true, line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) { return }
        if rows == nil, try begin(line) { return }
        do {
            try rows?.append(line, number: lineNumber)
        } catch let error as DataError {
            try refuse(error, line: error.row ?? lineNumber, record: String(decoding: line, as: UTF8.self))
        }
        batchBytes += line.count
        if batchStart == nil { batchStart = .now }
        if isFull || isDue { try flush() }
    }

    /// Finds out how the input's lines hold rows; whether the first line itself holds none.
    private func begin(_ line: UnsafeRawBufferPointer) throws -> Bool {
        let format = options.format ?? StreamFormat(of: line, columns: columns)
        var reached: [String: Int64] = [:]
        if let stream = options.stream {
            for place in try store.streams(of: options.view, named: stream) {
                reached[place.partition] = place.position
            }
        }
        rows = try StreamRows(
            format, first: line, columns: columns, stream: options.stream, positions: options.positions,
            reached: reached, setsAside: options.setsAside)
        return format == .csv
    }

    private var isFull: Bool {
        guard let rows else { return false }
        if options.batchID != nil { return rows.count >= Options.rowsOfNamedBatch }
        return rows.count >= options.batchRows || batchBytes >= Options.batchBytes
    }

    /// Whether rows have waited for long enough. A stream that never pauses must not keep its rows waiting either.
    private var isDue: Bool {
        guard options.batchID == nil, let batchStart else { return false }
        return ContinuousClock.now - batchStart >= options.batchTime
    }

    /// Sets a line aside that holds no row that fits; or throws, if such a line ends the push.
    private func refuse(_ error: DataError, line: Int, record: String) throws(DataError) {
        let error = DataError(error.message, file: options.origin, row: line, column: error.column)
        guard options.setsAside else {
            if error.isCancellation { throw error }
            throw DataError(
                error.message + "; or set such lines aside with --on-error quarantine", file: error.file, row: line,
                column: error.column)
        }
        try rejections.reject(error, record: record)
        total.rowsRefused += 1
    }

    // MARK: - Batches

    private func flush(isLast: Bool = false) throws {
        guard var pending = rows, isLast || !pending.isWithinRecord else { return }
        batchBytes = 0
        batchStart = nil
        if pending.isEmpty { return }
        rows = nil
        var refusal: DataError?
        let taken = Result {
            try pending.takeBatch(origin: options.origin) { (error, record) throws(DataError) in
                if options.setsAside {
                    try refuse(error, line: error.row ?? lineNumber, record: record)
                } else if refusal == nil {
                    refusal = error
                }
                return options.setsAside
            }
        }
        rows = pending
        // What was read is taken, whoever has told to stop meanwhile.
        try Cancellation.ignored { try push(try taken.get()) }
        if let refusal { try refuse(refusal, line: refusal.row ?? lineNumber, record: "") }
    }

    /// Pushes a batch without the rows that do not fit; where these end the push, what lies before the first of them.
    private func push(_ batch: StreamRows.Batch) throws {
        var batch = batch
        var refusal: DataError?
        while batch.table.rowCount > 0 || batch.places?.isEmpty == false {
            // Lines that were set aside are on disk before the position moves behind them.
            try rejections.finish()
            do {
                total.add(try send(batch))
                if let places = batch.places { total.positions?.merge(places.ends) { max($0, $1) } }
                break
            } catch let error as DataError where !error.isCancellation {
                guard let row = error.row.map({ $0 - 1 }), batch.lines.indices.contains(row) else { throw error }
                let line = batch.lines[row]
                if options.setsAside {
                    let record = zip(batch.table.fields, batch.table.columns).map { "\($0.name)=\($1.value(at: row))" }
                    try refuse(error, line: line, record: record.joined(separator: " "))
                    batch.remove(row: row)
                } else {
                    refusal = DataError(error.message, row: line, column: error.column)
                    if options.batchID != nil { break }
                    batch.cut(before: row)
                }
            }
        }
        if let refusal { try refuse(refusal, line: refusal.row ?? lineNumber, record: "") }
    }

    private func send(_ batch: StreamRows.Batch) throws -> PushSummary {
        if let places = batch.places {
            return try store.push(options.view, table: batch.table, origin: options.origin, places: places)
        }
        let id = options.batchID.map { "\($0)/\(total.batches + 1)" }
        return try store.push(options.view, table: batch.table, origin: options.origin, batchID: id)
    }

    // MARK: - Counters

    private func report() throws {
        progress.update(rows: total.rows + (rows?.count ?? 0))
        guard let interval = options.reportEvery, ContinuousClock.now - lastReport >= interval else { return }
        lastReport = .now
        var state = finished
        state.isRunning = true
        terminal.say(state.line)
        try terminal.printJSON(state)
    }

    /// The counters, with the rows that were left out as they were read.
    private var finished: StreamTotal {
        var state = total
        state.measure(Quantities.seconds(ContinuousClock.now - started))
        state.rowsRepeated += rows?.rowsRepeated ?? 0
        if state.rowsRefused > 0 { state.quarantineFile = rejections.path }
        return state
    }
}
