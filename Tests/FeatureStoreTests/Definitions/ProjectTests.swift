import Columnar
import FeatureStore
import Foundation
import Testing

@Suite struct ProjectTests {
    /// Runs `body` with a new folder, whose name has characters that are special in globs, and removes it.
    private func withFolder(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("project [a]*\\ \(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        for (path, text) in files {
            let file = URL(fileURLWithPath: root).appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: false, encoding: .utf8)
        }
        try body(root)
    }

    @Test func aProjectIsFoundFromAFolderInIt() throws {
        let files = [
            "fstore.yaml": "project: fleet\n", "features/b.yaml": "", "features/a.yml": "", "features/notes.txt": "",
            "features/data/deep/x.csv": "", "other.yaml": "",
        ]
        try withFolder(files) { root in
            let project = try Project.find(from: root + "/features/data/deep")
            #expect(project.root == root)
            #expect(project.configuration.project == "fleet")
            #expect(project.definitionFiles == ["features/a.yml", "features/b.yaml"])
            #expect(project.catalogPath == root + "/.fstore/catalog.sqlite")
            #expect(project.lockPath == root + "/.fstore/writer.lock")
            #expect(project.onlineFolder == root + "/.fstore/online")
            #expect(project.offlineFolder(of: "v") == root + "/.fstore/offline/v")
            let time = try #require(Timestamp(parsing: "2024-03-01T10:20:30Z"))
            #expect(
                project.quarantinePath(view: "v", time: time) == root + "/.fstore/quarantine/v-2024-03-01T102030Z.csv")
        }
    }

    @Test func globsOfTheConfigurationAreUsed() throws {
        let files = [
            "fstore.yaml": "project: fleet\nfeatures: [\"defs/*/*.yaml\", defs/a/one.yaml]\n",
            "defs/a/one.yaml": "", "defs/b/two.yaml": "", "features/c.yaml": "",
        ]
        try withFolder(files) { root in
            let project = try Project.find(from: root)
            #expect(project.definitionFiles == ["defs/a/one.yaml", "defs/b/two.yaml"])
        }
    }

    @Test func withoutAProjectUpwardsTheUserIsToldWhatToDo() throws {
        try withFolder(["a/b.txt": ""]) { root in
            let error = #expect(throws: ProjectNotFound.self) { try Project.find(from: root + "/a") }
            #expect(
                error?.description == "no fstore.yaml in \(root)/a or in any folder above it: make a project with "
                    + "'fstore init', or name one with --project")
        }
    }

    @Test(arguments: [
        ("", "fstore.yaml: the file is empty: it needs 'project', e.g. project: fleet"),
        ("features: [a.yaml]\n", "fstore.yaml:1:1: fstore.yaml needs 'project', e.g. project: fleet"),
        ("projcet: a\n", "fstore.yaml:1:1: unknown key 'projcet' in fstore.yaml (did you mean 'project'?)"),
        (
            "project: a\nfeatures: x\n",
            "fstore.yaml:2:11: 'features' must be a list of at least one, e.g. [features/*.yaml]"
        ),
        ("project: a\nfeatures: [/etc/*]\n", "fstore.yaml:2:12: '/etc/*' must be relative to the project"),
        ("fleet\n", "fstore.yaml:1:1: fstore.yaml must be a map of keys, e.g. 'project: …', not 'fleet'"),
        (
            "project: my fleet\n",
            "fstore.yaml:1:10: 'my fleet' cannot be a project's name: use letters, digits and '_', at most 64, "
                + "not beginning with a digit"
        ),
    ])
    func mistakesInTheConfigurationAreTold(_ text: String, _ message: String) throws {
        let error = #expect(throws: DefinitionErrors.self) { try ProjectConfiguration(text: text.utf8) }
        #expect(error?.description == message)
    }
}
