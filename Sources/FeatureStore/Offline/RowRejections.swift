import Columnar
import Foundation

/// What to do with a row that does not fit.
public enum ErrorPolicy: String, Sendable, CaseIterable {
    /// Stop and store nothing.
    case stop
    /// Set the row aside in a file and go on.
    case quarantine
}

/// Stops at the first row that does not fit, or sets such rows aside in a CSV file with the reason.
package final class RowRejections {
    private let policy: ErrorPolicy
    package let path: String
    private let mayQuarantine: Bool
    private var lines: [String] = []
    /// Rows set aside so far.
    package private(set) var count = 0

    /// `path` is the file that will hold the rows; it is written by `finish()` and only if there are any.
    package init(policy: ErrorPolicy, path: String) {
        self.policy = policy
        self.path = path
        mayQuarantine = true
    }

    /// Stops at the first row; there is nothing to be set aside.
    private init() {
        policy = .stop
        path = ""
        mayQuarantine = false
    }

    static var refusing: RowRejections { RowRejections() }

    package func reject(_ error: DataError, record: String) throws(DataError) {
        guard policy == .quarantine else {
            var error = error
            guard mayQuarantine else { throw error }
            error.message += "; or set such rows aside with --on-error quarantine"
            throw error
        }
        count += 1
        let cells = [
            error.file ?? "", error.row.map(String.init) ?? "", error.column ?? "", error.message, record,
        ]
        lines.append(cells.map(Self.quoted).joined(separator: ","))
        if lines.count >= 10_000 { try flush() }
    }

    /// The rows of `table` without those that have problems, which are rejected in their order.
    func leavingOut(_ problems: [Int: DataError], from table: Table) throws -> Table {
        guard !problems.isEmpty else { return table }
        for row in problems.keys.sorted() {
            guard let error = problems[row] else { continue }
            let record = zip(table.fields, table.columns).map { "\($0.name)=\($1.value(at: row))" }
            try reject(error, record: record.joined(separator: " "))
        }
        let kept = (0..<Int32(table.rowCount)).filter { problems[Int($0)] == nil }
        return table.taking(kept[...])
    }

    /// The file with the rejected rows, all of which are on disk then; nil if there are none.
    @discardableResult
    package func finish() throws(DataError) -> String? {
        guard count > 0 else { return nil }
        try flush()
        return path
    }

    /// Removes the file again, when the ingestion it belongs to failed.
    func abandon() { unlink(path) }

    private func flush() throws(DataError) {
        guard !lines.isEmpty else { return }
        let folder = (path as NSString).deletingLastPathComponent
        let isNew = !FileManager.default.fileExists(atPath: path)
        let text = (isNew ? "file,row,column,reason,record\n" : "") + lines.joined(separator: "\n") + "\n"
        lines = []
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            if isNew {
                try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            } else {
                let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
                try handle.seekToEnd()
                try handle.write(contentsOf: Data(text.utf8))
                try handle.synchronize()
                try handle.close()
            }
        } catch {
            throw DataError("the rejected rows cannot be written (\(error.localizedDescription))", file: path)
        }
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }
}
