import Columnar
import Foundation

/// Looks for damage in one segment's file: what the catalog knows of it, then what it says of itself.
struct SegmentCheck {
    let record: SegmentRecord
    /// What its rows look like; nil if no definitions say that any more.
    let layout: ViewLayout?
    let folder: String
    /// Look only at the file's size and footer.
    let isQuick: Bool
    var progress: RowProgress?

    /// What was found.
    struct Result {
        /// The first thing that is wrong; nil for a sound segment.
        var damage: SegmentDamage?
        /// Of what was read; nil if it was not.
        var checksum: String?
    }

    private var path: String { folder + "/" + record.file }

    func run() throws -> Result {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let reason = String(cString: strerror(errno))
            return errno == ENOENT || errno == ENOTDIR
                ? damage(.missing, "there is no such file") : damage(.inaccessible, "it cannot be read (\(reason))")
        }
        guard access(path, R_OK) == 0 else {
            return damage(.inaccessible, "it cannot be read (\(String(cString: strerror(errno))))")
        }
        guard Int(status.st_size) == record.bytes else {
            return damage(.size, "it has \(status.st_size) bytes, and \(record.bytes) were written")
        }
        var result = Result()
        if !isQuick {
            let checksum = try Checksum(ofFile: path)
            result.checksum = checksum.description
            if let written = record.checksum, written != checksum.description {
                return damage(.checksum, "its content has the checksum \(checksum), and \(written) was written")
            }
        }
        do throws(DataError) {
            result.damage = try contentDamage()
        } catch  where error.isCancellation {
            throw error
        } catch {
            result.damage = SegmentDamage(kind: .unreadable, text: "it \(error.message)")
        }
        return result
    }

    private func damage(_ kind: SegmentDamage.Kind, _ text: String) -> Result {
        Result(damage: SegmentDamage(kind: kind, text: text))
    }

    private func contentDamage() throws(DataError) -> SegmentDamage? {
        guard let layout else {
            let file = try ParquetFile(path: path)
            return file.rowCount == record.rows
                ? nil
                : SegmentDamage(
                    kind: .unreadable, text: "it has \(file.rowCount) rows, and \(record.rows) were written")
        }
        let segment = try SegmentFile(record, layout: layout, folder: folder)
        if isQuick { return nil }
        if let disorder = try disorder(of: segment) { return SegmentDamage(kind: .order, text: disorder) }
        for block in 0..<segment.blockCount {
            try Cancellation.check()
            let lies = try Parallel.tryMap(Array(segment.file.fields.indices)) { (column) throws(DataError) in
                try segment.file.falseStatistics(of: column, rowGroup: block).map {
                    "of '\(segment.file.fields[column].name)' in row group \(block), \($0)"
                }
            }
            if let lie = lies.lazy.compactMap(\.self).first { return SegmentDamage(kind: .statistics, text: lie) }
            progress?.advance(by: segment.rowCount(of: block))
        }
        return nil
    }

    /// The first row that is not in its place: by key, event time, created; or the times of all where they are not those
    /// that the catalog lists.
    private func disorder(of segment: SegmentFile) throws(DataError) -> String? {
        var scan = OrderScan()
        for block in 0..<segment.blockCount {
            try Cancellation.check()
            let runs = try segment.keyRuns(of: block)
            let (events, created) = (try segment.events(of: block), try segment.created(of: block))
            for times in [events, created].compactMap(\.self) where times.nullCount > 0 {
                return "row group \(block) has \(times.nullCount) rows without a time"
            }
            if let row = scan.take(runs, events, created) {
                return "row \(row + 1) of row group \(block) is not in its place by key, event time and created"
            }
        }
        guard let times = record.timeRange, !segment.layout.isTimeless else { return nil }
        guard times.lowerBound.microseconds == scan.earliest, times.upperBound.microseconds == scan.latest else {
            return
                "its event times are not those from \(times.lowerBound) to \(times.upperBound) that the catalog lists"
        }
        return nil
    }
}

/// Goes through a segment's rows, block by block, and sees whether they ascend.
private struct OrderScan {
    private(set) var earliest = Int64.max
    private(set) var latest = Int64.min
    private var key: [UInt8]?
    private var event = Int64.min
    private var created = Int64.min

    /// Returns the first row of the block that is out of order.
    mutating func take(_ runs: KeyRuns, _ events: Column?, _ createds: Column?) -> Int? {
        withExtendedLifetime((runs, events, createds)) {
            let events = events?.elements(as: Int64.self)
            let createds = createds?.elements(as: Int64.self)
            for run in 0..<runs.count {
                let rows = runs.rows(of: run)
                let order = key.map { Self.compare($0, runs.keys.bytes(at: run)) } ?? -1
                if order > 0 { return rows.lowerBound }
                if order < 0 {
                    key = Array(runs.keys.bytes(at: run))
                    (event, created) = (.min, .min)
                }
                for row in rows {
                    let now = (events?[row] ?? .min, createds?[row] ?? .min)
                    if now < (event, created) { return row }
                    (event, created) = now
                    earliest = min(earliest, now.0)
                    latest = max(latest, now.0)
                }
            }
            return nil
        }
    }

    private static func compare(_ a: [UInt8], _ b: UnsafeRawBufferPointer) -> Int {
        for (left, right) in zip(a, b) where left != right { return Int(left) - Int(right) }
        return a.count - b.count
    }
}
