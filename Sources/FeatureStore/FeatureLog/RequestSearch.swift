import Columnar
import Foundation

/// Logged rows with their clock times at hand.
struct LoggedReads {
    let table: Table
    private let times: Column

    init(_ table: Table) {
        self.table = table
        times = LogTable(table).logged
    }

    /// When a row was read by the clock, in microseconds.
    func logged(_ row: Int) -> Int64 { times.elements(as: Int64.self)[row] }
}

/// Looks for reads by their request ids: many at once, in the newest parts first.
struct RequestSearch {
    private let log: LogDatabase

    init(_ log: LogDatabase) { self.log = log }

    /// A read that was found: where it is among the tables, and its number in the log.
    struct Place {
        var table: Int
        var row: Int
        var number: Int64
    }

    struct Found {
        /// Of those that were asked for, in their order.
        var places: [Place?]
        var tables: [LoggedReads]
    }

    /// The newest read of each request id that is no younger than a time of the clock in microseconds.
    func reads(of requests: [(id: [UInt8], before: Int64)]) throws -> Found {
        var found = Found(places: Array(repeating: nil, count: requests.count), tables: [])
        var wanted: [UInt64: [Int]] = [:]
        for (place, request) in requests.enumerated() {
            wanted[request.id.withUnsafeBytes { StableHash.bytes($0) }, default: []].append(place)
        }
        let parts = try log.parts()
        for part in parts.reversed() where !wanted.isEmpty {
            try Cancellation.check()
            let (hits, rows) = try candidates(in: part, wanted)
            guard !hits.isEmpty, let table = try rows() else { continue }
            let reads = LoggedReads(table)
            let ids = LogTable(table).requestIDs
            let number = found.tables.count
            found.tables.append(reads)
            // From the newest on, so that the first that fits is it.
            for (row, hit) in hits.enumerated().reversed() {
                for place in wanted[hit.hash] ?? [] where found.places[place] == nil {
                    let request = requests[place]
                    guard reads.logged(row) <= request.before, ids.bytes(at: row).elementsEqual(request.id) else {
                        continue
                    }
                    found.places[place] = Place(table: number, row: row, number: part.firstRow + Int64(hit.row))
                }
            }
            for hash in Set(hits.map(\.hash)) {
                wanted[hash] = wanted[hash]?.filter { found.places[$0] == nil }
                if wanted[hash]?.isEmpty ?? true { wanted[hash] = nil }
            }
        }
        return found
    }

    private typealias Hit = (hash: UInt64, row: Int)

    /// The rows of a part whose hashes are wanted, in order, and how to get them.
    private func candidates(in part: LogPart, _ wanted: [UInt64: [Int]]) throws -> ([Hit], () throws -> Table?) {
        guard let file = part.file, let fields = part.fields else {
            let hashes = try log.requestHashes(ofBatch: part.firstRow)
            var hits: [Hit] = []
            for (row, hash) in hashes.elements(as: UInt64.self).enumerated() where wanted[hash] != nil {
                hits.append((hash, row))
            }
            withExtendedLifetime(hashes) {}
            let rows = hits.map { Int32($0.row) }
            return (hits, { try log.table(ofBatch: part.firstRow).taking(rows[...]) })
        }
        let segment = try LogSegmentFile(file, fields: fields, in: log.folder)
        let index = try segment.requestIndex()
        var hits: [Hit] = []
        for hash in wanted.keys { for row in index.rows(of: hash) { hits.append((hash, row)) } }
        hits.sort { $0.row < $1.row }
        let rows = hits.map(\.row)
        return (hits, { try segment.rows(at: rows) })
    }
}
