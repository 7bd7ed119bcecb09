export { NotAsItShouldBe } from './narrator.js';
export { playScenario, type ScenarioOptions, type ScenarioResult } from './play.js';
