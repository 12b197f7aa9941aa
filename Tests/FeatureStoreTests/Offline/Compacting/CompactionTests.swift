import Columnar
import Foundation
import Testing

@testable import FeatureStore

@Suite struct CompactionTests {
    private static func fill(_ fixture: StoreFixture, segments: Int) throws {
        for number in 0..<segments {
            let rows: [StoreFixture.Row] = (0..<5).map { (Int64($0), Int64(number * 10), nil, Int64(number)) }
            try fixture.push(rows)
            // The hot log becomes a segment, and nothing is merged while they are few.
            _ = try fixture.store.compact("v", keeping: .seconds(3600))
        }
    }

    @Test func fourOfASizeAreMergedAndFewerAreLeft() throws {
        let fixture = try StoreFixture()
        try Self.fill(fixture, segments: 3)
        #expect(try fixture.store.catalog.segments(of: "v").count == 3)
        try fixture.push([(1, 50, nil, 9), (2, 50, nil, 9), (3, 50, nil, 9), (4, 50, nil, 9)])
        let summary = try fixture.store.compact("v", keeping: .seconds(3600))
        #expect(summary.segmentsBefore == 4 && summary.segmentsAfter == 1)
        #expect(summary.rows == 19 && summary.rowsWritten == 19 && summary.rowsPushed == 4)
        #expect(try fixture.training([0, 1, 2], at: 100) == [2, 9, 9])
        #expect(try fixture.store.check().problems.isEmpty)
    }

    @Test func fullMergesWhateverThereIs() throws {
        let fixture = try StoreFixture()
        try Self.fill(fixture, segments: 2)
        let summary = try fixture.store.compact("v", keeping: .seconds(0), isFull: true)
        #expect(summary.segmentsBefore == 2 && summary.segmentsAfter == 1 && summary.filesRemoved == 2)
        #expect(try fixture.store.compact("v", keeping: .seconds(0), isFull: true).rowsWritten == 0)
    }

    /// More segments than are open at once are merged in rounds.
    @Test func manySegmentsAreMergedInRounds() throws {
        let fixture = try StoreFixture()
        let layout = try fixture.store.layout(of: "v").layout
        let writer = SegmentWriter(layout: layout, folder: fixture.store.project.offlineFolder(of: "v"))
        for number in 1...70 as ClosedRange<Int64> {
            let rows = Table(
                fields: layout.fields,
                columns: [
                    Column(.int64, [.int(number % 7)]), Column(.instant, [.timestamp(seconds(number))]),
                    Column(.int64, [.int(number)]), Column(.string, [.null]),
                ])
            try fixture.store.catalog.commit(
                view: layout.view, adding: [try writer.write(rows, sequences: number...number)], reason: "ingest")
        }
        let summary = try fixture.store.compact("v", keeping: .seconds(0), isFull: true)
        #expect(summary.segmentsAfter == 1 && summary.rows == 70 && summary.rowsWritten == 140)
        #expect(try fixture.training([0, 1, 6], at: 1000) == [70, 64, 69])
        let files = try FileManager.default.contentsOfDirectory(atPath: writer.folder)
        #expect(files.count == 1)
        #expect(try fixture.store.check().problems.isEmpty)
    }

    @Test func aDamagedSegmentIsNotMerged() throws {
        let fixture = try StoreFixture()
        try Self.fill(fixture, segments: 2)
        let record = try #require(try fixture.store.catalog.segments(of: "v").first)
        let path = fixture.store.project.offlineFolder(of: "v") + "/" + record.file
        var content = try Data(contentsOf: URL(fileURLWithPath: path))
        content[content.count / 3] ^= 1
        try content.write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: DataError.self) {
            try fixture.store.compact("v", keeping: .seconds(0), isFull: true)
        }
        #expect(error?.message.contains("check --repair") == true)
        #expect(try fixture.store.catalog.segments(of: "v").count == 2)
    }

    @Test(arguments: [CrashPoint.mergeWritten, .mergeListed])
    func aMergeThatIsCutOffChangesNoRow(point: CrashPoint) async throws {
        let fixture = try StoreFixture()
        try Self.fill(fixture, segments: 3)
        let mark = try fixture.store.catalog.mark()
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = fixture.folder.path as String, point = point.rawValue as String] in
            let store = try FeatureStore(opening: path)
            CrashPoint.action.withLock { $0 = { if $0.rawValue == point { kill(getpid(), SIGKILL) } } }
            _ = try store.compact("v", keeping: .seconds(3600), isFull: true)
        }
        #expect(try fixture.store.catalog.segments(of: "v").count == (point == .mergeWritten ? 3 : 1))
        #expect(try fixture.training([0, 1, 4], at: 15) == [1, 1, 1])
        #expect(try fixture.training([0, 1, 4], at: 15, mark: mark) == [1, 1, 1])
        try fixture.reopen()
        _ = try fixture.store.compact("v", keeping: .seconds(0), isFull: true)
        #expect(try fixture.training([0, 1, 4], at: 100) == [2, 2, 2])
        let folder = fixture.store.project.offlineFolder(of: "v")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
    }
}
