import Columnar
import Foundation
import Testing

@testable import FeatureStore

@Suite struct CatalogTests {
    private static func open(_ folder: TemporaryFolder, isReadOnly: Bool = false) throws -> Catalog {
        try Catalog(path: folder.path + "/catalog.sqlite", isReadOnly: isReadOnly)
    }

    private static func segment(_ file: String, sequence: Int64, view: String = "v") -> SegmentRecord {
        SegmentRecord(
            id: 0, view: view, file: file, rows: 10, bytes: 100,
            timeRange: Timestamp(microseconds: sequence)...Timestamp(microseconds: sequence + 5),
            sequences: sequence...sequence)
    }

    private static func view(_ name: String) -> FeatureView {
        FeatureView(name: name, entities: ["e"], source: "s", features: [Feature("x", .float32)])
    }

    private static func files(_ catalog: Catalog, _ snapshot: Int64? = nil) throws -> [String] {
        try catalog.segments(of: "v", snapshot: snapshot).map(\.file)
    }

    @Test func aSnapshotListsWhatItListedWhenItWasMade() throws {
        let catalog = try Self.open(try TemporaryFolder())
        #expect(try catalog.currentSnapshot() == 0)
        #expect(try Self.files(catalog, 0) == [])
        let first = try catalog.commit(view: Self.view("v"), adding: [Self.segment("a", sequence: 1)], reason: "ingest")
        let second = try catalog.commit(
            view: Self.view("v"), adding: [Self.segment("b", sequence: 2)], reason: "ingest")
        var merged = Self.segment("c", sequence: 1)
        merged.sequences = 1...2
        let third = try catalog.commit(
            view: Self.view("v"), adding: [merged], removing: try catalog.segments(of: "v"), reason: "compact")
        #expect(try Self.files(catalog, first) == ["a"])
        #expect(try Self.files(catalog, second) == ["a", "b"])
        #expect(try Self.files(catalog, third) == ["c"])
        #expect(try Self.files(catalog) == ["c"])
        #expect(try catalog.currentSnapshot() == third)
        #expect(try catalog.lastSequence(of: "v") == 2)
        #expect(try catalog.segmentFiles(of: "v") == ["a", "b", "c"])
    }

    @Test func viewsAreKeptApart() throws {
        let catalog = try Self.open(try TemporaryFolder())
        try catalog.commit(view: Self.view("v"), adding: [Self.segment("a", sequence: 1)], reason: "ingest")
        try catalog.commit(
            view: Self.view("w"),
            adding: [Self.segment("b", sequence: 1, view: "w"), Self.segment("c", sequence: 2, view: "w")],
            reason: "ingest")
        #expect(try Self.files(catalog) == ["a"])
        #expect(try catalog.lastSequence(of: "v") == 1 && catalog.lastSequence(of: "w") == 2)
        #expect(try catalog.storedViews() == ["v", "w"])
        #expect(try catalog.lastSequence(of: "x") == 0)
    }

    @Test func aSegmentsFactsComeBack() throws {
        let catalog = try Self.open(try TemporaryFolder())
        var timeless = Self.segment("a", sequence: 1)
        timeless.timeRange = nil
        try catalog.commit(view: Self.view("v"), adding: [timeless, Self.segment("b", sequence: 2)], reason: "ingest")
        for (read, written) in zip(try catalog.segments(of: "v"), [timeless, Self.segment("b", sequence: 2)]) {
            var expected = written
            expected.id = read.id
            #expect(read == expected)
        }
    }

    @Test func aCommitThatFailsLeavesNothing() throws {
        struct Refusal: Error {}
        let catalog = try Self.open(try TemporaryFolder())
        try catalog.commit(view: Self.view("v"), adding: [Self.segment("a", sequence: 1)], reason: "ingest")
        let before = try catalog.currentSnapshot()
        #expect(throws: Refusal.self) {
            try catalog.database.transaction {
                try catalog.database.query(
                    "UPDATE segments SET removed_in = ? WHERE file = ?", [.integer(before), .text("a")])
                throw Refusal()
            }
        }
        #expect(try Self.files(catalog) == ["a"])
        #expect(try catalog.currentSnapshot() == before)
        // The next commit works as if nothing had been.
        try catalog.commit(view: Self.view("v"), adding: [Self.segment("b", sequence: 2)], reason: "ingest")
        #expect(try Self.files(catalog) == ["a", "b"])
    }

    @Test func forgettingRemovesOnlyWhatLeftBeforeTheTime() throws {
        let catalog = try Self.open(try TemporaryFolder())
        let first = try catalog.commit(view: Self.view("v"), adding: [Self.segment("a", sequence: 1)], reason: "ingest")
        try catalog.commit(
            view: Self.view("v"), adding: [Self.segment("b", sequence: 2)], removing: try catalog.segments(of: "v"),
            reason: "compact")
        #expect(try catalog.forgetSegments(of: "v", removedBefore: Timestamp(microseconds: 0)) == [])
        #expect(try catalog.loss(of: "v", at: first) == nil)
        #expect(try catalog.forgetSegments(of: "w", removedBefore: .distantFuture) == [])
        #expect(try catalog.forgetSegments(of: "v", removedBefore: .distantFuture) == ["a"])
        #expect(try catalog.loss(of: "v", at: first) == .compacted)
        #expect(try catalog.loss(of: "v", at: first + 1) == nil && catalog.loss(of: "w", at: first) == nil)
        #expect(throws: CatalogError.snapshotLost(first, view: "v", loss: .compacted)) {
            try Self.files(catalog, first)
        }
        #expect(try Self.files(catalog) == ["b"])
    }

    @Test func definitionsAreVersionedAndFilesRemembered() throws {
        let folder = try TemporaryFolder()
        let file = IngestedFile(path: "data/é.csv", size: 3, modifiedNanoseconds: 5, checksum: "1-3")
        let old = Definitions(entities: [Entity(name: "e", joinKeys: [JoinKey("id", .int64)])])
        let new = Definitions(entities: [Entity(name: "f", joinKeys: [JoinKey("id", .string)])])
        var version: Int64 = 0
        do {
            let catalog = try Self.open(folder)
            #expect(try catalog.appliedDefinitions() == nil)
            version = try catalog.apply(old)
            _ = try catalog.apply(new)
            try catalog.commit(
                view: Self.view("v"), adding: [Self.segment("a", sequence: 1)], files: [file], reason: "ingest")
        }
        let catalog = try Self.open(folder, isReadOnly: true)
        #expect(try catalog.appliedDefinitions()?.definitions == new)
        #expect(try catalog.definitions(version: version) == old)
        #expect(try catalog.definitions(version: 99) == nil)
        #expect(try catalog.ingestedFiles(of: "v") == [file.path: file])
        #expect(try catalog.ingestedFiles(of: "w").isEmpty)
    }

    @Test func aTrainingSetsRecordComesBack() throws {
        let catalog = try Self.open(try TemporaryFolder())
        let record = TrainingSetRecord(
            service: nil, features: ["v:a"], definitionsVersion: 1, snapshot: 2, entities: .file("e.csv"),
            timestampColumn: "t", fullNames: true, withTimes: false, made: Timestamp(microseconds: 5), seconds: 0.5,
            rows: 3, coverage: [Coverage(view: "v")], inputs: [FileRecord(path: "/e.csv", checksum: "1-2")],
            outputs: [FileRecord(path: "/o.parquet", rows: 3, checksum: "4-5")], version: "1")
        let id = try catalog.addTrainingSet(record)
        #expect(try catalog.trainingSet(id: id) == record)
        #expect(try catalog.trainingSet(id: id + 1, as: TrainingSetRecord.self) == nil)
        #expect(try catalog.trainingSets(as: TrainingSetRecord.self).map(\.id) == [id])
    }

    @Test func snapshotsSayWhatTheyChanged() throws {
        let catalog = try Self.open(try TemporaryFolder())
        let first = try catalog.commit(
            view: Self.view("v"), adding: [Self.segment("a", sequence: 1), Self.segment("b", sequence: 2)],
            reason: "ingest")
        let second = try catalog.commit(
            view: Self.view("w"), adding: [Self.segment("c", sequence: 1, view: "w")], reason: "ingest")
        var merged = Self.segment("d", sequence: 1)
        merged.sequences = 1...2
        merged.rows = 20
        let third = try catalog.commit(
            view: Self.view("v"), adding: [merged], removing: try catalog.segments(of: "v"), reason: "compact")
        let snapshots = try catalog.snapshots()
        #expect(snapshots.map(\.id) == [third, second, first])
        #expect(snapshots.map(\.reason) == ["compact", "ingest", "ingest"])
        #expect(
            snapshots.map(\.changes) == [
                [.init(view: "v", rowsAdded: 20, rowsRemoved: 20)], [.init(view: "w", rowsAdded: 10, rowsRemoved: 0)],
                [.init(view: "v", rowsAdded: 20, rowsRemoved: 0)],
            ])
        #expect(try catalog.snapshots(of: "w").map(\.id) == [second])
        #expect(try catalog.snapshot(asOf: .distantPast) == nil)
        #expect(try catalog.snapshot(asOf: .distantFuture) == third)
        #expect(try catalog.snapshot(asOf: snapshots[1].committed) ?? 0 >= second)
        // What is forgotten later is still told of.
        _ = try catalog.forgetSegments(of: "v", removedBefore: .distantFuture)
        #expect(try catalog.snapshots() == snapshots)
    }

    @Test func lostSnapshotsAreKeptAsFewRanges() throws {
        let catalog = try Self.open(try TemporaryFolder())
        try catalog.noteLoss(of: [1...3, 9...9, 2...4], view: "v", by: .compacted)
        try catalog.noteLoss(of: [5...6], view: "v", by: .compacted)
        try catalog.noteLoss(of: [3...3], view: "v", by: .deleted(7))
        let losses = try catalog.losses()["v"] ?? []
        #expect(losses.map(\.snapshots) == [3...3, 1...6, 9...9])
        #expect(losses.map(\.loss) == [.deleted(7), .compacted, .compacted])
        #expect(
            try (0...10).map { try catalog.loss(of: "v", at: $0) } == [
                nil, .compacted, .compacted, .deleted(7), .compacted, .compacted, .compacted, nil, nil, .compacted, nil,
            ])
    }

    @Test func whatTheFirstFormatKeptIsCarriedOver() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        do {
            let database = try SQLiteDatabase(path: path)
            try database.execute("PRAGMA journal_mode=WAL; " + Catalog.steps[0] + "; PRAGMA user_version = 1")
            try database.execute(
                """
                INSERT INTO snapshots (committed_at, reason) VALUES (1, 'ingest'), (2, 'ingest'), (3, 'compact');
                INSERT INTO segments (view, file, rows, bytes, first_sequence, last_sequence, added_in, removed_in)
                VALUES ('v', 'a', 10, 1, 1, 1, 2, 3), ('v', 'b', 10, 1, 1, 1, 3, NULL);
                INSERT INTO forgotten_snapshots VALUES ('v', 1);
                INSERT INTO training_sets (json) VALUES ('{"id":0,"service":"s","features":["v:a"],
                "definitionsVersion":4,"snapshot":2,"entityFile":"/e.csv","entityChecksum":"1-2","fullNames":true,
                "withTimes":false,"made":5,"rows":3,"outputFile":"o.parquet"}');
                """)
        }
        let catalog = try Self.open(folder)
        #expect(
            try catalog.snapshots().map(\.changes) == [
                [.init(view: "v", rowsAdded: 10, rowsRemoved: 10)], [.init(view: "v", rowsAdded: 10, rowsRemoved: 0)],
                [],
            ])
        #expect(try catalog.loss(of: "v", at: 1) == .compacted && catalog.loss(of: "v", at: 2) == nil)
        let record = TrainingSetRecord(
            service: "s", features: ["v:a"], definitionsVersion: 4, snapshot: 2, entities: .file("/e.csv"),
            fullNames: true, withTimes: false, made: Timestamp(microseconds: 5), rows: 3, coverage: [],
            inputs: [FileRecord(path: "/e.csv", checksum: "1-2")], outputs: [FileRecord(path: "o.parquet", rows: 3)])
        #expect(try catalog.trainingSet(id: 1) == record)
    }

    @Test func anOlderCatalogIsBroughtUpToDateByAWriterOnly() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        // A database without any step taken, as one is left behind if its making was cut off.
        let database = try SQLiteDatabase(path: path)
        try database.execute("PRAGMA journal_mode=WAL")
        #expect(throws: CatalogError.olderFormat(path: path, found: 0, supported: Catalog.format)) {
            _ = try Self.open(folder, isReadOnly: true)
        }
        _ = try Self.open(folder)
        let catalog = try Self.open(folder, isReadOnly: true)
        #expect(try catalog.database.rows("PRAGMA user_version") { $0.integer(0) } == [Catalog.format])
    }

    @Test func aNewerFormatIsRefused() throws {
        let folder = try TemporaryFolder()
        do { try Self.open(folder).database.execute("PRAGMA user_version = 99") }
        for isReadOnly in [true, false] {
            #expect(
                throws: CatalogError.newerFormat(
                    path: folder.path + "/catalog.sqlite", found: 99, supported: Catalog.format)
            ) { try Self.open(folder, isReadOnly: isReadOnly) }
        }
    }

    @Test func aFileThatIsNoCatalogIsRefused() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        try Data(repeating: 7, count: 10_000).write(to: URL(fileURLWithPath: path))
        for isReadOnly in [true, false] {
            #expect(throws: CatalogError.self) { try Self.open(folder, isReadOnly: isReadOnly) }
        }
    }

    @Test func oneHolderHasTheRightToWriteUntilItGivesItUp() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/writer.lock"
        var lock: WriterLock? = try WriterLock(path: path)
        #expect(throws: CatalogError.locked(path: path, owner: " (process \(getpid()))")) {
            try WriterLock(path: path)
        }
        withExtendedLifetime(lock) {}
        lock = nil
        _ = try WriterLock(path: path)
    }
}
